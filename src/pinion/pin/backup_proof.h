// Proofs that the key of a BACKUP pin is in somebody's hands. A backup whose key is lost is of no use.
#ifndef PINION_PIN_BACKUP_PROOF_H_
#define PINION_PIN_BACKUP_PROOF_H_

#include <string>

#include "absl/time/time.h"
#include "pinion/pin/pin_set.h"

namespace pinion {

// How long a proof holds.
inline constexpr absl::Duration kProofHolds = absl::Hours(24 * 180);

// Whether proofs apply to this pin: a BACKUP of kind spki, whose key no handshake shows.
bool CanBeProven(const PeerPin& pin);

// When the proof of this pin ends; InfinitePast if it was never proven, or if proofs do not apply to it.
absl::Time ProofEnds(const PinSet& pin_set, const PeerPin& pin);

// Whether the date of the pin's proof is later than `now` by more than a day, so that it is wrong.
bool IsProvenTooLate(const PinSet& pin_set, const PeerPin& pin, absl::Time now);

// Whether proofs apply to this pin, and it was never proven, too long ago, or IsProvenTooLate.
bool LacksProof(const PinSet& pin_set, const PeerPin& pin, absl::Time now);

// One sentence about the pins that lack a proof; empty if there are none, or if no pin of the set has ever been proven,
// so that its owners do not use proofs.
std::string ProofWarning(const PinSet& pin_set, absl::Time now);

}  // namespace pinion

#endif  // PINION_PIN_BACKUP_PROOF_H_
