#include "pinion/pin/backup_proof.h"

#include "absl/strings/str_cat.h"

namespace pinion {

bool CanBeProven(const PeerPin& pin) { return pin.state == v1::BACKUP && pin.pin.kind == PinKind::kSpki; }

absl::Time ProofEnds(const PinSet& pin_set, const PeerPin& pin) {
  return CanBeProven(pin) ? pin_set.ProvenOn(pin.pin) + kProofHolds : absl::InfinitePast();
}

bool IsProvenTooLate(const PinSet& pin_set, const PeerPin& pin, absl::Time now) {
  constexpr absl::Duration kClocksDiffer = absl::Hours(24);
  return pin_set.ProvenOn(pin.pin) > now + kClocksDiffer;
}

bool LacksProof(const PinSet& pin_set, const PeerPin& pin, absl::Time now) {
  return CanBeProven(pin) && (IsProvenTooLate(pin_set, pin, now) || ProofEnds(pin_set, pin) <= now);
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
  return absl::StrCat("there is no proof of the last 180 days for the key of ", lacking,
                      lacking == 1 ? " BACKUP: that of peer " : " BACKUPs; the first is that of peer ", first,
                      "; see `pinion pins challenge`");
}

}  // namespace pinion
