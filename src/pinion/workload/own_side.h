// Would peers accept this process? Asked before an identity is used, so that no reload makes every handshake fail.
#ifndef PINION_WORKLOAD_OWN_SIDE_H_
#define PINION_WORKLOAD_OWN_SIDE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "pinion/event_sink.h"
#include "pinion/identity/identity.h"
#include "pinion/pin/pin_set.h"
#include "pinion/x509/path/trust_roots.h"

namespace pinion {

// What one side of this process presents and judges by.
struct OwnSide {
  const Identity& identity;
  const x509::TrustRoots& peer_roots;
  const PinSet& pin_set;
  Side side;
};

// FailedPrecondition, with the reason code that peers would give and what to do, unless a peer with this pin set would
// accept this process at `now`. A TLS handshake with ourselves, in memory, gives what such a peer receives; the
// verifier of live connections judges it, and CheckOwnKey the key. The peer's roots are Identity::AssumedPeerRoots.
// Where the pin set lists hosts for the peer that this key or these names are, a server must be accepted at one of
// them; a client needs a name of the peer whose pin it holds. `*warning` is as CheckOwnKey leaves it.
absl::Status CheckOwnSide(const OwnSide& own, absl::Time now, std::string* warning);

// The TLS handshake alone: whether peers can receive what is presented, and a server its roots' names.
absl::Status CheckOwnTls(const Identity& identity, const x509::TrustRoots& peer_roots, Side side);

// "LOST_SERVER_AUTH" or "LOST_CLIENT_AUTH" where the certificate is for the other side of TLS alone, as after a renewal
// that lost a purpose; else null.
const char* LostPurpose(const OwnSide& own, absl::Time now);

// A chain, and the roots that this process has for its peers, on each of its sides.
struct RootedIdentity {
  const Identity& identity;
  std::vector<std::shared_ptr<const x509::TrustRoots>> peer_roots;  // of both identities in the same order
};

// FailedPrecondition where the chain in effect leads to the roots of a side and the renewed one does not. A process may
// start with a chain that leads elsewhere, but a renewal that leaves the known CA is more often a certificate of the
// wrong CA than a migration.
absl::Status CheckSameTrust(const RootedIdentity& renewed, const RootedIdentity& in_effect);

// Why `own` does not replace `in_effect`, from the fault that CheckOwnSide found: with the lost purpose, and the whole
// days that the certificate in effect is still valid.
absl::Status HeldBack(const absl::Status& fault, const OwnSide& own, const Identity& in_effect, absl::Time now);

}  // namespace pinion

#endif  // PINION_WORKLOAD_OWN_SIDE_H_
