// Checks whether peers would accept this process. It runs before an identity is used, so that no reload makes every
// handshake fail.
#ifndef PINION_WORKLOAD_OWN_SIDE_H_
#define PINION_WORKLOAD_OWN_SIDE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "pinion/event_sink.h"
#include "pinion/handshake/peer_verifier.h"
#include "pinion/identity/identity.h"
#include "pinion/pin/pin_set.h"
#include "pinion/x509/path/trust_roots.h"

namespace pinion {

// What one side of this process presents and verifies peers with.
struct OwnSide {
  std::shared_ptr<const Identity> identity;
  std::shared_ptr<const x509::TrustRoots> peer_roots;
  const PinSet& pin_set;
  Side side;
};

// The chains that peers receive from this process, and whether they receive one at all: the results of its TLS
// handshakes with itself. A refresh makes no handshake while the values in effect are what the files hold. Not
// thread-safe.
class PresentedChains {
 public:
  // The chain that a peer of `side` receives. Makes a handshake unless the last one for this side succeeded with the
  // same objects, which are immutable.
  const absl::StatusOr<PresentedChain>& Of(const std::shared_ptr<const Identity>& identity,
                                           const std::shared_ptr<const x509::TrustRoots>& peer_roots, Side side);

 private:
  struct Last {
    std::shared_ptr<const Identity> identity;
    std::shared_ptr<const x509::TrustRoots> peer_roots;
    absl::StatusOr<PresentedChain> received;
  };

  Last client_;
  Last server_;
};

// Returns FailedPrecondition, with the reason code that peers would report and the next step, unless a peer with this
// pin set would accept this process at `now`. An in-memory TLS handshake of the process with itself yields the chain
// that such a peer receives; the verifier of live connections checks the chain, and CheckOwnKey checks the key. The
// peer's roots are Identity::AssumedPeerRoots. If the pin set lists hosts for the peer that this key or these names
// belong to, a server must be accepted at one of them. A client that holds a peer's pin needs one of that peer's names.
// CheckOwnKey sets `*warning`.
absl::Status CheckOwnSide(const OwnSide& own, absl::Time now, PresentedChains* presented, std::string* warning);

// Returns "LOST_SERVER_AUTH" or "LOST_CLIENT_AUTH" if the certificate is valid only for the other side of TLS, for
// example after a renewal that dropped a purpose; otherwise null.
const char* LostPurpose(const OwnSide& own, absl::Time now);

// A chain, and the roots for peers on each side of this process.
struct RootedIdentity {
  const Identity& identity;
  std::vector<std::shared_ptr<const x509::TrustRoots>> peer_roots;  // in the same order for both identities
};

// Returns FailedPrecondition if the chain in effect leads to the roots of a side and the renewed one does not. A
// process may start with a chain that leads to another CA, but a renewal from another CA is more often a mistake than a
// migration.
absl::Status CheckSameTrust(const RootedIdentity& renewed, const RootedIdentity& in_effect);

// Explains why `own` does not replace `in_effect`: adds the lost purpose and the remaining validity of the certificate
// in effect, in whole days, to the fault that CheckOwnSide found.
absl::Status HeldBack(const absl::Status& fault, const OwnSide& own, const Identity& in_effect, absl::Time now);

}  // namespace pinion

#endif  // PINION_WORKLOAD_OWN_SIDE_H_
