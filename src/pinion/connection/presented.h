// What a peer presented, as gRPC passes it on. Private to connection/.
#ifndef PINION_CONNECTION_PRESENTED_H_
#define PINION_CONNECTION_PRESENTED_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "pinion/handshake/path_cache.h"
#include "pinion/handshake/peer_verifier.h"

namespace pinion {

// The arguments are those of ConnectionVerifier::JudgeHandshake. A resumed session has no chain: its intermediates are
// those that `seen` knows. InvalidArgument, with the part that cannot be decoded.
absl::StatusOr<PresentedChain> DecodePresented(absl::string_view leaf_pem, absl::string_view chain_pem,
                                               const PathCache& seen);

}  // namespace pinion

#endif  // PINION_CONNECTION_PRESENTED_H_
