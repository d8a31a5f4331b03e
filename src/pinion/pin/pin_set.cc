#include "pinion/pin/pin_set.h"

#include <google/protobuf/arena.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "pinion/json/strict.h"
#include "pinion/pin/pin_set_builder.h"

namespace pinion {

absl::StatusOr<std::shared_ptr<const PinSet>> PinSet::FromJson(absl::string_view text, absl::string_view file_name,
                                                               std::shared_ptr<const FleetTrust> trust) {
  google::protobuf::Arena arena;  // freed at once, not message by message
  auto* const proto = v1::PinSet::default_instance().New(&arena);
  if (absl::Status status = json::Parse(text, file_name, proto); !status.ok()) return status;
  PinSetBuilder builder;
  if (std::shared_ptr<const PinSet> set = builder.Build(*proto, std::move(trust)); set != nullptr) return set;
  return json::ErrorAt(text, file_name, builder.error_path(), builder.error());
}

absl::StatusOr<std::shared_ptr<const PinSet>> PinSet::FromProto(const v1::PinSet& proto) {
  PinSetBuilder builder;
  if (std::shared_ptr<const PinSet> set = builder.Build(proto); set != nullptr) return set;
  return absl::InvalidArgumentError(absl::StrCat(builder.error_path(), ": ", builder.error()));
}

bool PinSet::IsSameAs(const PinSet& other) const {
  return IsSameTrust(trust_.get(), other.trust_.get()) && SaysTheSameAs(other);
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
    add(look_up(by_identity_, pattern->text()));
    if (pattern->is_wildcard()) {
      add(look_up(by_host_, pattern->text()));
    } else {
      add(FindByHost(*x509::HostName::Parse(dns)));
    }
  }
  return found;
}

const PeerPin* PinSet::FindRevoked(const std::vector<x509::Certificate>& path) const {
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

}  // namespace pinion
