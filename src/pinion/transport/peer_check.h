// What a transport asks about the peer of a connection.
#ifndef PINION_TRANSPORT_PEER_CHECK_H_
#define PINION_TRANSPORT_PEER_CHECK_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "pinion/handshake/verdict.h"

namespace pinion {

// Called by the transport from any thread, also at once from several. `host` is the host that was dialled, and empty
// on a server.
class PeerCheck {
 public:
  virtual ~PeerCheck() = default;

  // A new connection. `chain_pem` is what the peer sent, with or without the leaf; empty on a resumed session.
  virtual Verdict JudgeHandshake(absl::string_view leaf_pem, absl::string_view chain_pem, absl::string_view host) = 0;

  // A call on a live connection: OK, or the refusal's text.
  virtual absl::Status RecheckCall(absl::string_view leaf_pem, absl::string_view chain_pem, absl::string_view host) = 0;
};

}  // namespace pinion

#endif  // PINION_TRANSPORT_PEER_CHECK_H_
