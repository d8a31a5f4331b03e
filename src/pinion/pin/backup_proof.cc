#include "pinion/pin/backup_proof.h"

#include "absl/strings/str_cat.h"

namespace pinion {
namespace {

bool CanBeProven(const PeerPin& pin) { return pin.state == v1::BACKUP && pin.pin.kind == PinKind::kSpki; }

}  // namespace

absl::Time ProofEnds(const PinSet& pin_set, const PeerPin& pin) {
  return CanBeProven(pin) ? pin_set.ProvenOn(pin.pin) + kProofHolds : absl::InfinitePast();
}

bool LacksProof(const PinSet& pin_set, const PeerPin& pin, absl::Time now) {
  constexpr absl::Duration kClocksDiffer = absl::Hours(24);
  const bool is_in_the_future = pin_set.ProvenOn(pin.pin) > now + kClocksDiffer;
  return CanBeProven(pin) && (is_in_the_future || ProofEnds(pin_set, pin) <= now);
}

std::string ProofWarning(const PinSet& pin_set, absl::Time now) {
  if (!pin_set.HasProofs()) return "";
  int64_t lacking = 0;
  std::string first;
  for (const Peer& peer : pin_set.peers()) {
    for (const PeerPin& pin : peer.pins) {
      if (!LacksProof(pin_set, pin, now)) continue;
      if (lacking == 0) first = absl::StrCat("\"", peer.name, "\", ", ToString(pin.pin));
      ++lacking;
    }
  }
  if (lacking == 0) return "";
  return absl::StrCat("nobody has shown within 180 days that he holds the key of ", lacking,
                      lacking == 1 ? " BACKUP: that of peer " : " BACKUPs; the first is that of peer ", first,
                      "; see `pinion pins challenge`");
}

}  // namespace pinion
