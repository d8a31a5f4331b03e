#include "pinion/workload/pin_set_status.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "pinion/pin/backup_proof.h"

namespace pinion {
namespace {

// When the first of the pins that are accepted at `now` expires; InfiniteFuture if none of them expires.
absl::Time FirstPinToExpire(const PinSet& pin_set, absl::Time now) {
  absl::Time first = absl::InfiniteFuture();
  for (const Peer& peer : pin_set.peers()) {
    for (const PeerPin& pin : peer.pins) {
      const absl::Time end(pin.not_after);
      if (now >= absl::Time(pin.not_before) && now < end) first = std::min(first, end);
    }
  }
  return first;
}

}  // namespace

std::string PinSetWarning(const PinSet& pin_set, absl::Time now, const std::string& first) {
  std::vector<std::string> warnings;
  if (!first.empty()) warnings.push_back(first);
  if (!pin_set.spared().empty()) {
    warnings.push_back(absl::StrCat("the revocations list a key of ", absl::StrJoin(pin_set.spared(), ", "),
                                    " that stays accepted, since there is no other ACTIVE or BACKUP to move to; it is "
                                    "refused as soon as the pin set has one"));
  }
  if (std::string proofs = ProofWarning(pin_set, now); !proofs.empty()) warnings.push_back(std::move(proofs));
  return absl::StrJoin(warnings, "; ");
}

void SetPinSet(const PinSet& pin_set, absl::Time now, WorkloadStatus* status) {
  status->pin_set_version = pin_set.version();
  status->pin_set_expires = pin_set.expires();
  status->pin_expires = FirstPinToExpire(pin_set, now);
  if (const FleetTrust* const trust = pin_set.trust().get(); trust != nullptr) {
    const Revocations* const revocations = pin_set.revocations().get();
    status->fleet = {trust->fleet(), trust->epoch(), trust->version(),
                     revocations == nullptr ? 0 : revocations->version()};
  }
}

}  // namespace pinion
