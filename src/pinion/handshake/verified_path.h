// A path that was built and verified once, for reuse with the same leaf.
#ifndef PINION_HANDSHAKE_VERIFIED_PATH_H_
#define PINION_HANDSHAKE_VERIFIED_PATH_H_

#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "pinion/x509/path/path.h"
#include "pinion/x509/path/trust_roots.h"

namespace pinion {

// The role of the peer in the connection.
enum class PeerRole { kServer, kClient };

// Immutable and thread-safe. Created by PeerVerifier.
class VerifiedPath {
 public:
  // `outcome` is accepted, with these roots and for a peer in this role.
  VerifiedPath(x509::TrustRoots roots, PeerRole role, x509::PathOutcome outcome)
      : roots_(std::move(roots)), role_(role), outcome_(std::move(outcome)) {}

  // The leaf first, the trust anchor last.
  const std::vector<x509::Certificate>& certificates() const { return outcome_.path; }
  // The path is not valid at or after this time.
  absl::Time valid_until() const { return outcome_.valid_until; }
  // Whether building the path again with these roots could find it. Everything else about a path depends only on its
  // certificates.
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
