// The interface through which a transport verifies the peer of a connection.
#ifndef PINION_TRANSPORT_PEER_CHECK_H_
#define PINION_TRANSPORT_PEER_CHECK_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "pinion/handshake/verdict.h"

namespace pinion {

// The transport calls it from any thread, also concurrently. `host` is the host that was dialled; empty on a server.
class PeerCheck {
 public:
  virtual ~PeerCheck() = default;

  // Verifies the peer of a new connection. `chain_pem` is the chain that the peer sent, with or without the leaf; empty
  // on a resumed session.
  virtual Verdict JudgeHandshake(absl::string_view leaf_pem, absl::string_view chain_pem, absl::string_view host) = 0;

  // Re-checks the peer for a call on a live connection; returns OK or the text of the refusal.
  virtual absl::Status RecheckCall(absl::string_view leaf_pem, absl::string_view chain_pem, absl::string_view host) = 0;
};

}  // namespace pinion

#endif  // PINION_TRANSPORT_PEER_CHECK_H_
