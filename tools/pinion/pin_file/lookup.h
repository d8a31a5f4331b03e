// Finds peers and keys in a pin set.
#ifndef PINION_TOOLS_PINION_PIN_FILE_LOOKUP_H_
#define PINION_TOOLS_PINION_PIN_FILE_LOOKUP_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "pinion/pin/pin_set.h"

namespace pinion::cli {

// The peer with this name; null if there is none.
const Peer* FindPeer(const PinSet& set, const std::string& name);
// The same; NotFound, with the names that the pin set of this file has, if there is none.
absl::StatusOr<const Peer*> FindPeerOfFile(const PinSet& set, const std::string& file, const std::string& name);

// Whether a pin of any peer revokes this digest.
bool IsRevoked(const PinSet& set, const x509::Sha256Digest& digest);
// Whether the pin set accepts this pin's key at that time.
bool IsAccepted(const PinSet& set, const PeerPin& pin, absl::Time at);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_PIN_FILE_LOOKUP_H_
