// Matches the verifier's verdicts with the ends of handshakes. Private to server/admission/.
#ifndef PINION_SERVER_ADMISSION_HANDSHAKE_VERDICTS_H_
#define PINION_SERVER_ADMISSION_HANDSHAKE_VERDICTS_H_

#include <algorithm>
#include <cstddef>
#include <deque>
#include <optional>
#include <utility>

#include "pinion/server/admission/refused_connection.h"

namespace pinion {

// gRPC does not report which connection it asks the verifier about, so verdicts are counted: each of them accounts for
// one handshake. Where several handshakes are under way, the number of refusals that are reported is right, and an
// address may be that of a neighbour. For one thread at a time.
class HandshakeVerdicts {
 public:
  void Add(bool accepted) { ++(accepted ? accepted_ : refused_); }

  // A handshake ended. What is to be reported now: nothing where a verdict accounts for it. The verifier has reported
  // its refusals; what it accepted was established, and over before gRPC was asked for it, or is another connection.
  std::optional<RefusedConnection> Ended(RefusedConnection connection) {
    if (refused_ > 0) {
      --refused_;
      return std::nullopt;
    }
    if (accepted_ == 0) return connection;
    --accepted_;
    if (doubtful_.size() < kMaxDoubtful) doubtful_.push_back(std::move(connection));
    return std::nullopt;
  }

  // A connection was established. What is to be reported now: an end for which its verdict was taken.
  std::optional<RefusedConnection> Established() {
    if (accepted_ > 0) {
      --accepted_;
      return std::nullopt;
    }
    if (doubtful_.empty()) return std::nullopt;
    RefusedConnection connection = std::move(doubtful_.front());
    doubtful_.pop_front();
    return connection;
  }

  // So many handshakes are left. Verdicts beyond that were of connections that were closed for another reason.
  void Left(size_t handshakes) {
    refused_ = std::min(refused_, handshakes);
    accepted_ = std::min(accepted_, handshakes);
  }

 private:
  static constexpr size_t kMaxDoubtful = 64;

  size_t refused_ = 0;
  size_t accepted_ = 0;
  std::deque<RefusedConnection> doubtful_;
};

}  // namespace pinion

#endif  // PINION_SERVER_ADMISSION_HANDSHAKE_VERDICTS_H_
