#include "pinion/pin/pin_set.h"

#include <google/protobuf/arena.h>

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "pinion/json/strict.h"
#include "pinion/pin/pin_set_builder.h"

namespace pinion {

absl::StatusOr<std::shared_ptr<const PinSet>> PinSet::FromJson(absl::string_view text, absl::string_view file_name,
                                                               Signed signed_by) {
  google::protobuf::Arena arena;  // freed at once, not message by message
  auto* const proto = v1::PinSet::default_instance().New(&arena);
  if (absl::Status status = json::Parse(text, file_name, proto); !status.ok()) return status;
  PinSetBuilder builder;
  if (std::shared_ptr<const PinSet> set = builder.Build(*proto, std::move(signed_by)); set != nullptr) return set;
  return json::ErrorAt(text, file_name, builder.error_path(), builder.error());
}

absl::StatusOr<std::shared_ptr<const PinSet>> PinSet::FromProto(const v1::PinSet& proto) {
  PinSetBuilder builder;
  if (std::shared_ptr<const PinSet> set = builder.Build(proto); set != nullptr) return set;
  return absl::InvalidArgumentError(absl::StrCat(builder.error_path(), ": ", builder.error()));
}

bool PinSet::IsSameAs(const PinSet& other) const {
  return IsSameTrust(trust().get(), other.trust().get()) &&
         IsSameRevocations(revocations().get(), other.revocations().get()) && SaysTheSameAs(other);
}

absl::Time PinSet::ProvenOn(const Pin& pin) const {
  const auto found = pin.kind == PinKind::kSpki ? proven_.find(pin.digest) : proven_.end();
  return found == proven_.end() ? absl::InfinitePast() : found->second;
}

const Document* PinSet::FindDocument(absl::string_view file) const {
  const auto found =
      std::find_if(documents_.begin(), documents_.end(), [&](const Document& one) { return one.file == file; });
  return found == documents_.end() ? nullptr : &*found;
}

const std::string* PinSet::TextOf(absl::string_view file) const {
  const Document* const document = FindDocument(file);
  if (document == nullptr) return nullptr;
  const auto found = signed_.documents.find(document->digest);
  return found == signed_.documents.end() ? nullptr : &found->second;
}

const Peer* PinSet::FindByHost(const x509::HostName& host) const {
  auto found = by_host_.find(host.text());
  const size_t dot = host.text().find('.');
  if (found == by_host_.end() && !host.is_address() && dot != std::string::npos) {
    found = by_host_.find("*" + host.text().substr(dot));
  }
  return found == by_host_.end() ? nullptr : &peers_[found->second];
}

std::vector<const Peer*> PinSet::FindByNames(const x509::SubjectAltNames& names) const {
  std::vector<const Peer*> found;
  const auto add = [&found](const Peer* peer) {
    if (peer != nullptr && std::find(found.begin(), found.end(), peer) == found.end()) found.push_back(peer);
  };
  const auto look_up = [this](const absl::flat_hash_map<std::string, size_t>& index, const std::string& name) {
    const auto at = index.find(name);
    return at == index.end() ? nullptr : &peers_[at->second];
  };
  for (const std::string& uri : names.uris) add(look_up(by_identity_, uri));
  for (const std::string& dns : names.dns) {
    const absl::StatusOr<x509::HostPattern> pattern = x509::HostPattern::Parse(dns);
    if (!pattern.ok()) continue;
    const Peer* const by_identity = look_up(by_identity_, pattern->text());
    const Peer* const by_host = look_up(by_host_, pattern->text());
    add(by_identity);
    add(by_host);
    if (by_identity == nullptr && by_host == nullptr && !pattern->is_wildcard()) {
      add(FindByHost(*x509::HostName::Parse(dns)));  // by a wildcard
    }
  }
  return found;
}

const PeerPin* PinSet::FindRevoked(const std::vector<x509::Certificate>& path) const {
  const auto leaf = revoked_leaves_.find(path.front().spki_digest());
  if (leaf != revoked_leaves_.end()) return &leaf->second;
  // A revoked key is invalid at every position on the path, so the kind of the pin does not matter.
  for (const x509::Certificate& certificate : path) {
    const auto found = revoked_.find(certificate.spki_digest());
    if (found != revoked_.end()) return &found->second;
  }
  return nullptr;
}

bool Matches(const Pin& pin, const std::vector<x509::Certificate>& path) {
  switch (pin.kind) {
    case PinKind::kSpki:
      return path.front().spki_digest() == pin.digest;
    case PinKind::kCertificate:
      return path.front().digest() == pin.digest;
    case PinKind::kIssuerSpki:
      return std::any_of(path.begin() + 1, path.end(),
                         [&pin](const x509::Certificate& issuer) { return issuer.spki_digest() == pin.digest; });
  }
  return false;
}

bool CarriesIdentity(const x509::SubjectAltNames& names, const Peer& peer) {
  const auto listed = [&peer](const std::string& identity) {
    return std::count(peer.identities.begin(), peer.identities.end(), identity) > 0;
  };
  const auto listed_uri = [&listed](const std::string& uri) { return absl::StrContains(uri, ':') && listed(uri); };
  return std::any_of(names.uris.begin(), names.uris.end(), listed_uri) ||
         std::any_of(names.dns.begin(), names.dns.end(), [&listed](const std::string& dns) {
           const absl::StatusOr<x509::HostName> name = x509::HostName::Parse(dns);
           return name.ok() && listed(name->text());
         });
}

}  // namespace pinion
