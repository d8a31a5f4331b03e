// The pin set: the known peers, their hosts, their identities, and the keys they may hold.
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
#include "pinion/fleet/document.h"
#include "pinion/fleet/fleet_trust.h"
#include "pinion/fleet/revocations.h"
#include "pinion/pin/pin.h"
#include "pinion/v1/pin_set.pb.h"
#include "pinion/x509/certificate.h"
#include "pinion/x509/host_name.h"

namespace pinion {

// One logical service.
struct Peer {
  std::string name;
  std::vector<x509::HostPattern> hosts;
  // URIs unchanged, DNS names normalized.
  std::vector<std::string> identities;
  // Owned by the pin set and valid during its lifetime.
  absl::Span<const PeerPin> pins;
  // Before this time, a failed pin check is reported but not enforced.
  absl::Time report_only_until = absl::InfinitePast();
};

// Immutable and thread-safe. Every PinSet object follows these rules; one invalid entry rejects the whole set:
//  - version is at least 1; there is at least one peer
//  - a peer has a unique name ([A-Za-z0-9._-], at most 63 characters), and a host or an identity
//  - no host and no identity occurs twice, in any spelling
//  - each peer has an ACTIVE pin and a BACKUP pin, and no pin twice
//  - a pin belongs to one peer, except for issuer_spki, since a CA issues for many
//  - no issuer_spki pin is REVOKED by one peer and accepted for another
//  - no certificate pin is REVOKED, since its holder could change the signature and thus the digest
//  - each pin has a kind, a state, and its not_before, if any, before its not_after; a REVOKED pin has neither
//  - only an spki pin has proven_on, since a certificate request names only its own key
//  - each document has a name of its own, which is a relative path without "..", and a SHA-256 digest; at most 1,000
class PinSet {
 public:
  // What the caller of FromJson has checked beside the text.
  struct Signed {
    std::shared_ptr<const FleetTrust> trust;         // under which the text is signed; null if it is not
    std::shared_ptr<const Revocations> revocations;  // under the same trust; null if there are none
    DocumentTexts documents;
  };

  // Parses the text of a JSON pin file. Returns InvalidArgument "FILE:LINE:COLUMN: PATH: problem; next step" on error.
  static absl::StatusOr<std::shared_ptr<const PinSet>> FromJson(absl::string_view text, absl::string_view file_name,
                                                                Signed signed_by = {});
  // The same from a message. Returns InvalidArgument "PATH: problem; next step" on error.
  static absl::StatusOr<std::shared_ptr<const PinSet>> FromProto(const v1::PinSet& proto);

  int64_t version() const { return version_; }
  // Null if the pin set is not signed.
  const std::shared_ptr<const FleetTrust>& trust() const { return signed_.trust; }
  // Null if there are none. Their keys are REVOKED in peers(), except for those that no peer can do without.
  const std::shared_ptr<const Revocations>& revocations() const { return signed_.revocations; }
  // The peers with a key that the revocations list and that stays accepted, because the peer has no other to move to.
  const std::vector<std::string>& spared() const { return spared_; }
  // Digest of the pin file's content, regardless of comments and layout. Does not depend on the version of protobuf.
  const x509::Sha256Digest& content() const { return content_; }
  bool SaysTheSameAs(const PinSet& other) const { return content_ == other.content_; }
  // Whether it says the same, is signed under the same trust file, and has the same revocations.
  bool IsSameAs(const PinSet& other) const;
  // InfiniteFuture if it does not expire. New connections are refused at and after this time.
  absl::Time expires() const { return expires_; }
  // When the key of this pin last signed a certificate request; InfinitePast if it is not recorded.
  absl::Time ProvenOn(const Pin& pin) const;
  // Whether this is recorded for any pin.
  bool HasProofs() const { return !proven_.empty(); }
  const std::vector<Peer>& peers() const { return peers_; }
  const std::vector<Document>& documents() const { return documents_; }
  // Null if it lists no such document.
  const Document* FindDocument(absl::string_view file) const;
  // Null if it lists no such document, or if its text was not among those that FromJson was given.
  const std::string* TextOf(absl::string_view file) const;

  // The peer that is dialled as `host`; an exact entry takes precedence over a wildcard. Null if there is none.
  const Peer* FindByHost(const x509::HostName& host) const;
  // The peers that a client's certificate names: by identity, or by a DNS name that is one of their hosts; an exact
  // entry takes precedence over a wildcard. More than one means that the certificate contradicts the pin set.
  std::vector<const Peer*> FindByNames(const x509::SubjectAltNames& names) const;
  // The REVOKED pin, of any peer, for a key on this verified path (leaf first). Null if there is none. A pin that is
  // REVOKED by revocations() applies to the leaf alone.
  const PeerPin* FindRevoked(const std::vector<x509::Certificate>& path) const;

 private:
  friend class PinSetBuilder;
  PinSet() = default;
  PinSet(const PinSet&) = delete;
  PinSet& operator=(const PinSet&) = delete;

  int64_t version_ = 0;
  absl::Time expires_ = absl::InfiniteFuture();
  Signed signed_;
  std::vector<std::string> spared_;
  x509::Sha256Digest content_ = {};
  std::vector<Document> documents_;
  std::vector<Peer> peers_;
  std::vector<PeerPin> pins_;  // of all peers, grouped by peer
  // Indexes into peers_, by HostPattern::text() and by identity.
  absl::flat_hash_map<std::string, size_t> by_host_;
  absl::flat_hash_map<std::string, size_t> by_identity_;
  absl::flat_hash_map<x509::Sha256Digest, PeerPin> revoked_;
  absl::flat_hash_map<x509::Sha256Digest, PeerPin> revoked_leaves_;  // by revocations()
  // By digest, of the spki pins that have one, which are few.
  absl::flat_hash_map<x509::Sha256Digest, absl::Time> proven_;
};

// Whether the pin's digest is that of the leaf or, for issuer_spki, of a CA on the verified path.
bool Matches(const Pin& pin, const std::vector<x509::Certificate>& path);
// Whether one of the names is an identity of the peer. URIs are compared byte by byte, DNS names in their normalized
// form.
bool CarriesIdentity(const x509::SubjectAltNames& names, const Peer& peer);

}  // namespace pinion

#endif  // PINION_PIN_PIN_SET_H_
