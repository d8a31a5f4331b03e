// When somebody last showed that he holds the key of a BACKUP pin. A backup whose key is lost does not save anybody.
#ifndef PINION_PIN_BACKUP_PROOF_H_
#define PINION_PIN_BACKUP_PROOF_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "pinion/pin/pin_set.h"

namespace pinion {

// How long a proof holds.
inline constexpr absl::Duration kProofHolds = absl::Hours(24 * 180);

// When the proof of this pin ends; InfinitePast if it was never proven, or if it is not an spki pin in the state
// BACKUP, to which proofs apply.
absl::Time ProofEnds(const PinSet& pin_set, const PeerPin& pin);

// Whether a pin needs a proof that it does not have at this time: a BACKUP of kind spki that was never proven, too long
// ago, or in the future by more than a day.
bool LacksProof(const PinSet& pin_set, const PeerPin& pin, absl::Time now);

// One sentence about the pins that lack a proof; empty if there are none, or if no pin of the set has ever been proven,
// so that its owners do not use proofs.
std::string ProofWarning(const PinSet& pin_set, absl::Time now);

}  // namespace pinion

#endif  // PINION_PIN_BACKUP_PROOF_H_
