// Verifies the peer of a connection: the single implementation for clients, servers, the CLI and the gRPC adapter.
#ifndef PINION_HANDSHAKE_PEER_VERIFIER_H_
#define PINION_HANDSHAKE_PEER_VERIFIER_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "pinion/handshake/verdict.h"
#include "pinion/handshake/verified_path.h"
#include "pinion/pin/pin_set.h"
#include "pinion/v1/config.pb.h"
#include "pinion/x509/certificate.h"
#include "pinion/x509/path/trust_roots.h"

namespace pinion {

// The certificates that a peer presented, as DER. `others` are only candidates for building a path; they are not
// trusted.
struct PresentedChain {
  // A chain with more of them is refused without parsing it.
  static constexpr size_t kMaxOthers = 32;

  std::string leaf;  // empty when no certificate was presented
  std::vector<std::string> others;
};

// Immutable and thread-safe. The result depends only on its members and Verify's arguments.
//
// A peer is accepted if it passes all of these checks; passing one check never replaces another. Check 0 comes first,
// so that no other failure hides a revocation:
//  0. the leaf's key is not a REVOKED pin of any peer, and neither is any CA key on the path, once there is one
//  1. the leaf parses, and a path from it to the roots is valid now, for the role, with allowed keys and signatures
//  2. server: the dialled host belongs to a peer in the pin set; the leaf is valid for that host (subjectAltName only)
//     and carries one of the peer's identities if the peer lists any
//     client: the leaf has a URI or DNS name; it names at most one peer, and with REFUSE exactly one
//  3. if the pin set lists the peer, the leaf matches a pin of the peer within the pin's validity period; for an
//     issuer_spki pin, a CA on the verified path matches. Under report-only, a failure of this check is only reported
//  4. a new connection: the pin set has not expired
class PeerVerifier {
 public:
  // `unlisted_clients` applies only to clients; any value other than ACCEPT is treated as REFUSE.
  PeerVerifier(x509::TrustRoots roots, std::shared_ptr<const PinSet> pin_set, v1::UnlistedClients unlisted_clients)
      : roots_(std::move(roots)), pin_set_(std::move(pin_set)), unlisted_clients_(unlisted_clients) {}

  // Verifies the peer of a new connection. `host` is the host that was dialled, a name or address without a port; not
  // used for clients. If the peer is accepted, sets *path, if given, to the verified path.
  Verdict Verify(const PresentedChain& presented, PeerRole role, absl::string_view host, absl::Time now,
                 std::shared_ptr<const VerifiedPath>* path = nullptr) const;

  // The same for a connection that is open: without check 4.
  Verdict VerifyLive(const PresentedChain& presented, PeerRole role, absl::string_view host, absl::Time now,
                     std::shared_ptr<const VerifiedPath>* path = nullptr) const;

  // VerifyLive for the leaf of a path that was verified before, at 1 % of the cost: if the path is still valid, it is
  // not built again; host, names and pins are checked again. Returns null if the peer is not accepted; the caller then
  // calls VerifyLive, which may find another path and explains a refusal.
  std::optional<Verdict> VerifyKnown(const std::shared_ptr<const VerifiedPath>& known, PeerRole role,
                                     absl::string_view host, absl::Time now) const;

  // Returns PIN_REVOKED if a key on this previously verified path is REVOKED, even if the path is no longer valid. Null
  // otherwise.
  std::optional<Verdict> FindRevocation(const VerifiedPath& known, PeerRole role, absl::string_view host,
                                        absl::Time now) const;

  // Whether the key of the path's leaf is REVOKED.
  bool IsLeafRevoked(const VerifiedPath& known) const;

  const x509::TrustRoots& roots() const { return roots_; }
  const std::shared_ptr<const PinSet>& pin_set() const { return pin_set_; }
  v1::UnlistedClients unlisted_clients() const { return unlisted_clients_; }

 private:
  const x509::TrustRoots roots_;
  const std::shared_ptr<const PinSet> pin_set_;
  const v1::UnlistedClients unlisted_clients_;
};

}  // namespace pinion

#endif  // PINION_HANDSHAKE_PEER_VERIFIER_H_
