// Records the handshakes of a workload.
#ifndef PINION_RECORDING_HANDSHAKE_RECORDER_H_
#define PINION_RECORDING_HANDSHAKE_RECORDER_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "pinion/base/bounded_queue.h"
#include "pinion/event_sink.h"
#include "pinion/handshake/peer_verifier.h"
#include "pinion/v1/reason.pb.h"

namespace pinion {

// Writes from a thread of its own. Thread-safe.
class HandshakeRecorder {
 public:
  // A longer chain is not recorded; nor is a handshake while this many bytes of others wait for the disk.
  static constexpr size_t kMostChainBytes = size_t{32} << 10;
  static constexpr size_t kMostWaitingBytes = size_t{8} << 20;

  struct Handshake {
    PeerRole role = PeerRole::kServer;  // the peer's
    std::string host;                   // that was dialled
    std::string leaf_pem;
    std::string chain_pem;                         // with or without the leaf
    std::shared_ptr<const PeerVerifier> verifier;  // that judged it
    v1::Reason reason = v1::REASON_UNSPECIFIED;
    std::string peer;
  };

  // Reports to `events`, which may be null, when handshakes cannot be recorded, and when they can be again. Returns the
  // errors of RecordedHandshakes::Open.
  static absl::StatusOr<std::shared_ptr<HandshakeRecorder>> Open(const std::string& folder,
                                                                 std::shared_ptr<EventSink> events,
                                                                 std::function<absl::Time()> clock);

  // Never waits for the disk. A handshake without a certificate is not recorded.
  void Record(Handshake handshake);
  // Waits, for up to a second, until the handshakes so far are written. gRPC may keep the recorder longer than its
  // workload, and the process may end.
  void Flush();

 private:
  struct State;

  explicit HandshakeRecorder(const std::shared_ptr<State>& state);

  const std::shared_ptr<State> state_;  // shared with the queue's thread, which may outlive this object
  BoundedQueue<Handshake> queue_;
};

}  // namespace pinion

#endif  // PINION_RECORDING_HANDSHAKE_RECORDER_H_
