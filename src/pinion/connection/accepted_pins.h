// Records which keys were accepted under which names. The audit needs this, since gRPC does not expose the connection
// of a call. Private to connection/.
#ifndef PINION_CONNECTION_ACCEPTED_PINS_H_
#define PINION_CONNECTION_ACCEPTED_PINS_H_

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_join.h"
#include "pinion/connection/names_key.h"
#include "pinion/handshake/peer_verifier.h"
#include "pinion/x509/names.h"

namespace pinion {

// Not thread-safe; the owner serializes access.
class AcceptedPins {
 public:
  using Verifier = std::shared_ptr<const PeerVerifier>;

  // Records that `judge` accepted or refused `pin` ("sha256/…=") under these names.
  void Note(const x509::SubjectAltNames& names, const std::string& pin, const Verifier& judge, bool accepted) {
    if (names.uris.empty() && names.dns.empty()) return;
    if (pins_.size() >= kMaxNames) pins_.clear();  // each handshake adds its entry again
    std::vector<KnownPin>& known = pins_[NamesKey(names)];
    known.erase(std::remove_if(known.begin(), known.end(), [&](const KnownPin& one) { return one.pin == pin; }),
                known.end());
    if (accepted) known.insert(known.begin(), {pin, judge});
    if (known.size() > kMaxPins) known.pop_back();
  }

  // Returns the pins that the current verifier `now` accepted, or, if there are none, the pins that were accepted
  // before; latest first, joined by commas. There is nearly always one. Empty if no key was accepted under these names.
  std::string Of(const x509::SubjectAltNames& names, const Verifier& now) const {
    const auto found = pins_.find(NamesKey(names));
    if (found == pins_.end()) return "";
    std::vector<absl::string_view> all;
    std::vector<absl::string_view> current;
    for (const KnownPin& known : found->second) {
      all.emplace_back(known.pin);
      if (known.judge.lock() == now) current.emplace_back(known.pin);
    }
    return absl::StrJoin(current.empty() ? all : current, ",");
  }

 private:
  static constexpr size_t kMaxNames = 8192;
  static constexpr size_t kMaxPins = 8;  // of one name

  struct KnownPin {
    std::string pin;
    std::weak_ptr<const PeerVerifier> judge;
  };

  absl::flat_hash_map<std::string, std::vector<KnownPin>> pins_;
};

}  // namespace pinion

#endif  // PINION_CONNECTION_ACCEPTED_PINS_H_
