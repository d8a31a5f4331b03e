// A path that was built and checked once, for when the same leaf comes back.
#ifndef PINION_HANDSHAKE_VERIFIED_PATH_H_
#define PINION_HANDSHAKE_VERIFIED_PATH_H_

#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "pinion/x509/path/path.h"
#include "pinion/x509/path/trust_roots.h"

namespace pinion {

// What the peer is in the connection.
enum class PeerRole { kServer, kClient };

// Immutable; safe to use from any thread. PeerVerifier makes them.
class VerifiedPath {
 public:
  // `outcome` is an accepted one, by these roots and for a peer of this role.
  VerifiedPath(x509::TrustRoots roots, PeerRole role, x509::PathOutcome outcome)
      : roots_(std::move(roots)), role_(role), outcome_(std::move(outcome)) {}

  // The leaf first, the trust anchor last.
  const std::vector<x509::Certificate>& certificates() const { return outcome_.path; }
  // Before this time it holds, where it holds at all.
  absl::Time valid_until() const { return outcome_.valid_until; }
  // Whether building it again, by these roots, could find it: everything else about a path is the certificates' own.
  bool Holds(const x509::TrustRoots& roots, PeerRole role, absl::Time now) const {
    return role == role_ && outcome_.valid_from <= now && now < outcome_.valid_until && roots == roots_;
  }

 private:
  const x509::TrustRoots roots_;
  const PeerRole role_;
  const x509::PathOutcome outcome_;
};

}  // namespace pinion

#endif  // PINION_HANDSHAKE_VERIFIED_PATH_H_
