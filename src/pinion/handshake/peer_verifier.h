// Who may be at the other end: the one judgement behind both sides of a connection, the CLI, and the gRPC adapter.
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

// What a peer presented, as DER. Being in `others` proves nothing: it only helps to find a path.
struct PresentedChain {
  // More than this many are refused, unread.
  static constexpr size_t kMaxOthers = 32;

  std::string leaf;  // empty when no certificate was presented
  std::vector<std::string> others;
};

// Immutable; safe to use from any thread. A pure function of its members and Verify's arguments.
//
// A peer is accepted when all of this holds, and a match in one never excuses another. Point 0 is decided first, so
// that no other failure hides a revocation:
//  0. the leaf's key is not a REVOKED pin of any peer; once there is a path, none of the CA keys on it is
//  1. the leaf parses, and a path from it to the roots is valid now, for the role, with allowed keys and signatures
//  2. server: the host that was dialled is a peer's in the pin set, the leaf is for that host (subjectAltName only),
//  and
//     carries one of that peer's identities where it lists any
//     client: the leaf has a URI or DNS name; it names at most one peer, and with REFUSE exactly one
//  3. the leaf, or for issuer_spki pins a CA on that verified path, matches a pin of the peer (if it is one), within
//  the
//     pin's times. Under the peer's report-only this point alone is reported instead
class PeerVerifier {
 public:
  // `unlisted_clients` counts for clients alone; anything but ACCEPT is taken as REFUSE.
  PeerVerifier(x509::TrustRoots roots, std::shared_ptr<const PinSet> pin_set, v1::UnlistedClients unlisted_clients)
      : roots_(std::move(roots)), pin_set_(std::move(pin_set)), unlisted_clients_(unlisted_clients) {}

  // `host` is what was dialled, a name or address without a port; not used for clients. On acceptance *path, if given,
  // is the verified path.
  Verdict Verify(const PresentedChain& presented, PeerRole role, absl::string_view host, absl::Time now,
                 std::shared_ptr<const VerifiedPath>* path = nullptr) const;

  // The same for the leaf of a path that was verified before, at a hundredth of the cost: where the path still holds,
  // it is not built again; host, names and pins are judged anew. Null for anything but acceptance: then Verify, which
  // may find another path, and tells what is wrong.
  std::optional<Verdict> VerifyKnown(const std::shared_ptr<const VerifiedPath>& known, PeerRole role,
                                     absl::string_view host, absl::Time now) const;

  // PIN_REVOKED when a key on this path, which was verified at some time, is REVOKED, whether or not the path still
  // holds. Null otherwise.
  std::optional<Verdict> FindRevocation(const VerifiedPath& known, PeerRole role, absl::string_view host,
                                        absl::Time now) const;

  // Whether the key of the path's leaf is REVOKED.
  bool IsLeafRevoked(const VerifiedPath& known) const;

  const std::shared_ptr<const PinSet>& pin_set() const { return pin_set_; }

 private:
  const x509::TrustRoots roots_;
  const std::shared_ptr<const PinSet> pin_set_;
  const v1::UnlistedClients unlisted_clients_;
};

}  // namespace pinion

#endif  // PINION_HANDSHAKE_PEER_VERIFIER_H_
