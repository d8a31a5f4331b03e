// The pin set: which peers exist, where they are dialled, who they are, and which keys they may hold.
#ifndef PINION_PIN_PIN_SET_H_
#define PINION_PIN_PIN_SET_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "pinion/pin/pin.h"
#include "pinion/v1/pin_set.pb.h"
#include "pinion/x509/certificate.h"
#include "pinion/x509/host_name.h"

namespace pinion {

// One logical service.
struct Peer {
  std::string name;
  std::vector<x509::HostPattern> hosts;
  // URIs as they stand, DNS names normalised.
  std::vector<std::string> identities;
  // The set's own: for as long as the set is.
  absl::Span<const PeerPin> pins;
  // Before this time a failed pin check is reported, not enforced.
  absl::Time report_only_until = absl::InfinitePast();
};

// Immutable; safe to use from any thread. Every PinSet that exists keeps these rules, and one bad entry rejects the
// whole:
//  - version is at least 1; there is at least one peer
//  - a peer has a name of its own ([A-Za-z0-9._-], at most 63), and a host or an identity
//  - no host and no identity stands in it twice, in whatever spelling
//  - each peer has an ACTIVE pin and a BACKUP pin, and no pin twice
//  - a pin belongs to one peer, but for issuer_spki: a CA has many
//  - no issuer_spki pin is REVOKED by one peer and accepted for another
//  - no certificate pin is REVOKED: its holder could change the signature, and with it the digest
//  - each pin has a kind, a state, and its not_before, if any, before its not_after; a REVOKED pin has neither
class PinSet {
 public:
  // From the JSON pin file's text; InvalidArgument "FILE:LINE:COLUMN: PATH: what is wrong; what to do".
  static absl::StatusOr<std::shared_ptr<const PinSet>> FromJson(absl::string_view text, absl::string_view file_name);
  // The same from a message: InvalidArgument "PATH: what is wrong; what to do".
  static absl::StatusOr<std::shared_ptr<const PinSet>> FromProto(const v1::PinSet& proto);

  int64_t version() const { return version_; }
  // Whether both say the same; comments and layout don't count.
  bool SaysTheSameAs(const PinSet& other) const { return content_ == other.content_; }
  const std::vector<Peer>& peers() const { return peers_; }

  // The peer that is dialled as `host`: an exact entry before a wildcard. Null when there is none.
  const Peer* FindByHost(const x509::HostName& host) const;
  // The peers that a client's certificate names: by identity, or by a DNS name that is one of their hosts. More than
  // one means that the certificate contradicts the pin set.
  std::vector<const Peer*> FindByNames(const x509::SubjectAltNames& names) const;
  // The REVOKED pin, of whatever peer, that is of a key on this verified path (leaf first). Null when there is none.
  const PeerPin* FindRevoked(const std::vector<x509::Certificate>& path) const;

 private:
  friend class PinSetBuilder;
  PinSet() = default;
  PinSet(const PinSet&) = delete;
  PinSet& operator=(const PinSet&) = delete;

  int64_t version_ = 0;
  x509::Sha256Digest content_ = {};  // of the message it was built from
  std::vector<Peer> peers_;
  std::vector<PeerPin> pins_;  // of all peers, one peer's after the other's
  // Into peers_: by HostPattern::text(), and by identity.
  absl::flat_hash_map<std::string, size_t> by_host_;
  absl::flat_hash_map<std::string, size_t> by_identity_;
  absl::flat_hash_map<x509::Sha256Digest, PeerPin> revoked_;
};

// Whether the pin's digest is that of the leaf, or, for issuer_spki, of a CA further up the verified path.
bool Matches(const Pin& pin, const std::vector<x509::Certificate>& path);

}  // namespace pinion

#endif  // PINION_PIN_PIN_SET_H_
