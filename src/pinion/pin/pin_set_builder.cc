#include "pinion/pin/pin_set_builder.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "pinion/fleet/name.h"

namespace pinion {
namespace {

constexpr size_t kMaxUri = 2048;

absl::Time ToTime(const google::protobuf::Timestamp& timestamp) {
  return absl::FromUnixSeconds(timestamp.seconds()) + absl::Nanoseconds(timestamp.nanos());
}

std::string Quoted(absl::string_view text) { return absl::StrCat("\"", absl::CHexEscape(text.substr(0, 120)), "\""); }

// Returns a URI identity unchanged, or a DNS name in its normalized form.
absl::StatusOr<std::string> ParseIdentity(const std::string& text) {
  if (!absl::StrContains(text, ':')) {
    const absl::StatusOr<x509::HostName> name = x509::HostName::Parse(text);
    if (!name.ok()) return name.status();
    if (name->is_address()) return absl::InvalidArgumentError("an IP address is not an identity");
    return name->text();
  }
  if (text.size() > kMaxUri || text.front() == ':' || !std::all_of(text.begin(), text.end(), absl::ascii_isgraph)) {
    return absl::InvalidArgumentError(absl::StrCat("not a URI: ", Quoted(text)));
  }
  return text;
}

}  // namespace

bool PinSetBuilder::Fail(const Place& place, const char* field, const std::string& error) {
  error_path_ = absl::StrCat("peers[", here(), "]");
  if (place.list != nullptr) absl::StrAppend(&error_path_, ".", place.list, "[", place.item, "]");
  if (field != nullptr) absl::StrAppend(&error_path_, ".", field);
  error_ = error;
  return false;
}

std::shared_ptr<const PinSet> PinSetBuilder::Build(const v1::PinSet& proto, PinSet::Signed signed_by) {
  if (proto.version() < 1) {
    error_path_ = "version";
    error_ = "is missing or less than 1; number the file's changes from 1";
    return nullptr;
  }
  if (proto.peers().empty()) {
    error_path_ = "peers";
    error_ = "has no peer, so every host would be refused; list at least one";
    return nullptr;
  }
  set_->version_ = proto.version();
  if (proto.has_expires()) set_->expires_ = ToTime(proto.expires());
  set_->signed_ = std::move(signed_by);
  const absl::StatusOr<x509::Sha256Digest> content = x509::Sha256(proto.SerializeAsString());
  if (!content.ok()) {
    error_path_ = "version";
    error_ = absl::StrCat("cannot be compared with other contents: ", content.status().message());
    return nullptr;
  }
  set_->content_ = *content;
  Reserve(proto);
  for (const v1::Peer& peer : proto.peers()) {
    if (!AddPeer(peer)) return nullptr;
  }
  if (!AddDocuments(proto)) return nullptr;
  if (set_->revocations() != nullptr) ApplyRevocations();
  return set_;
}

// Avoids rehashing while the tables grow.
void PinSetBuilder::Reserve(const v1::PinSet& proto) {
  size_t hosts = 0;
  size_t identities = 0;
  size_t pins = 0;
  for (const v1::Peer& peer : proto.peers()) {
    hosts += peer.hosts_size();
    identities += peer.identities_size();
    pins += peer.pins_size();
  }
  set_->peers_.reserve(proto.peers_size());
  set_->pins_.reserve(pins);  // peers point into it, so it must not be reallocated
  set_->by_host_.reserve(hosts);
  set_->by_identity_.reserve(identities);
  names_.reserve(proto.peers_size());
  pin_owners_.reserve(pins);
}

bool PinSetBuilder::AddPeer(const v1::Peer& proto) {
  Peer peer;
  peer.name = proto.name();
  if (!CheckName(proto.name())) return false;
  if (proto.hosts().empty() && proto.identities().empty()) {
    return Fail({}, nullptr,
                absl::StrCat("peer ", Quoted(peer.name),
                             " has neither hosts nor identities, so no connection is ever "
                             "checked against it; add where it is dialled or what its certificates say"));
  }
  if (proto.has_report_only_until()) peer.report_only_until = ToTime(proto.report_only_until());
  if (!AddHosts(proto, &peer) || !AddIdentities(proto, &peer) || !AddPins(proto, &peer)) return false;
  set_->peers_.push_back(std::move(peer));
  return true;
}

bool PinSetBuilder::CheckName(const std::string& name) {
  if (!IsName(name)) {
    return Fail({}, "name",
                absl::StrCat("is not a peer's name: ", Quoted(name), "; use 1 to 63 letters, digits, '.', '_' or '-'"));
  }
  const auto [other, is_new] = names_.emplace(name, here());
  return is_new || Fail({}, "name",
                        absl::StrCat(Quoted(name), " is the name of peers[", other->second,
                                     "] already; merge the two or rename one"));
}

bool PinSetBuilder::AddHosts(const v1::Peer& proto, Peer* peer) {
  peer->hosts.reserve(proto.hosts_size());
  for (int i = 0; i < proto.hosts_size(); ++i) {
    const Place place = {"hosts", i};
    absl::StatusOr<x509::HostPattern> host = x509::HostPattern::Parse(proto.hosts(i));
    if (!host.ok()) return Fail(place, nullptr, std::string(host.status().message()));
    if (!Claim(&set_->by_host_, host->text(), place, "host")) return false;
    peer->hosts.push_back(*std::move(host));
  }
  return true;
}

bool PinSetBuilder::AddIdentities(const v1::Peer& proto, Peer* peer) {
  peer->identities.reserve(proto.identities_size());
  for (int i = 0; i < proto.identities_size(); ++i) {
    const Place place = {"identities", i};
    absl::StatusOr<std::string> identity = ParseIdentity(proto.identities(i));
    if (!identity.ok()) return Fail(place, nullptr, std::string(identity.status().message()));
    if (!Claim(&set_->by_identity_, *identity, place, "identity")) return false;
    peer->identities.push_back(*std::move(identity));
  }
  return true;
}

bool PinSetBuilder::Claim(absl::flat_hash_map<std::string, size_t>* index, const std::string& text, const Place& place,
                          absl::string_view noun) {
  const auto [other, is_new] = index->emplace(text, here());
  if (is_new) return true;
  const std::string owner =
      other->second == here() ? "this peer" : absl::StrCat("peer ", Quoted(set_->peers_[other->second].name));
  return Fail(place, nullptr,
              absl::StrCat(Quoted(text), " is already a", noun == "identity" ? "n " : " ", noun, " of ", owner,
                           "; each ", noun, " belongs to one peer, once"));
}

bool PinSetBuilder::AddPins(const v1::Peer& proto, Peer* peer) {
  const size_t first = set_->pins_.size();
  for (int i = 0; i < proto.pins_size(); ++i) {
    if (!AddPin(proto.pins(i), {"pins", i}, peer)) return false;
    peer->pins = absl::MakeConstSpan(set_->pins_).subspan(first);
  }
  return CheckActiveAndBackup(*peer);
}

bool PinSetBuilder::AddPin(const v1::Pin& proto, const Place& place, Peer* peer) {
  PeerPin pin;
  if (!ParsePin(proto, place, &pin.pin)) return false;
  if (proto.state() == v1::PIN_STATE_UNSPECIFIED || !v1::PinState_IsValid(proto.state())) {
    return Fail(place, "state", "is missing or unknown; it is one of ACTIVE, BACKUP, RETIRING, REVOKED");
  }
  pin.state = proto.state();
  if (pin.state == v1::REVOKED && pin.pin.kind == PinKind::kCertificate) {
    return Fail(place, nullptr,
                "revokes a certificate by its digest, which its holder can change without breaking it; revoke its "
                "key with spki instead");
  }
  if (!ParseTimes(proto, place, &pin) || !CheckNotElsewhere(pin, place, *peer)) return false;
  if (pin.state == v1::REVOKED) set_->revoked_.emplace(pin.pin.digest, pin);
  if (proto.has_proven_on()) {
    if (pin.pin.kind != PinKind::kSpki) {
      return Fail(place, "proven_on", "is of a pin that is not spki; a certificate request proves its own key alone");
    }
    set_->proven_.emplace(pin.pin.digest, ToTime(proto.proven_on()));
  }
  set_->pins_.push_back(pin);
  return true;
}

bool PinSetBuilder::ParsePin(const v1::Pin& proto, const Place& place, Pin* pin) {
  const auto parse = [&](PinKind kind, const std::string& text, const char* name) {
    const absl::StatusOr<x509::Sha256Digest> digest = x509::FromPinText(text);
    if (!digest.ok()) return Fail(place, name, std::string(digest.status().message()));
    *pin = {kind, *digest};
    return true;
  };
  switch (proto.pin_case()) {
    case v1::Pin::kSpki:
      return parse(PinKind::kSpki, proto.spki(), "spki");
    case v1::Pin::kCertificate:
      return parse(PinKind::kCertificate, proto.certificate(), "certificate");
    case v1::Pin::kIssuerSpki:
      return parse(PinKind::kIssuerSpki, proto.issuer_spki(), "issuer_spki");
    case v1::Pin::PIN_NOT_SET:
      break;
  }
  return Fail(place, nullptr, "has no pin; give one of spki, certificate, issuer_spki");
}

bool PinSetBuilder::ParseTimes(const v1::Pin& proto, const Place& place, PeerPin* pin) {
  constexpr absl::Duration kAlmostOne = absl::Nanoseconds(999'999);
  if (proto.has_not_before()) pin->not_before = ToTime(proto.not_before()) + kAlmostOne;  // rounds up to a millisecond
  if (proto.has_not_after()) pin->not_after = ToTime(proto.not_after());
  if (pin->state == v1::REVOKED && (proto.has_not_before() || proto.has_not_after())) {
    return Fail(place, nullptr,
                "is REVOKED and has a not_before or not_after; a revoked pin is refused at all times, so remove them");
  }
  if (absl::Time(pin->not_before) < pin->not_after) return true;
  return Fail(place, "not_after", "is not after not_before, so the pin would never be accepted");
}

bool PinSetBuilder::CheckNotElsewhere(const PeerPin& pin, const Place& place, const Peer& peer) {
  const auto same = [&pin](const PeerPin& other) { return other.pin.digest == pin.pin.digest; };
  if (std::any_of(peer.pins.begin(), peer.pins.end(), same)) {
    return Fail(place, nullptr,
                absl::StrCat(x509::ToPinText(pin.pin.digest),
                             " is a pin of this peer already; a pin is listed once, "
                             "in one state"));
  }
  if (pin.pin.kind == PinKind::kIssuerSpki) return CheckNotRevokedElsewhere(pin, place, peer);
  const auto [owner, is_new] = pin_owners_.emplace(std::pair(pin.pin.digest, pin.pin.kind), here());
  if (!is_new) {
    return Fail(place, nullptr,
                absl::StrCat(ToString(pin.pin), " is a pin of peer ", Quoted(NameOf(owner->second, peer)),
                             " already; two peers must not share a key, or one could impersonate the other"));
  }
  // A key is revoked in every role, including as an issuer's key.
  return pin.state != v1::REVOKED || CheckNotRevokedElsewhere(pin, place, peer);
}

bool PinSetBuilder::CheckNotRevokedElsewhere(const PeerPin& pin, const Place& place, const Peer& peer) {
  const bool is_revoked = pin.state == v1::REVOKED;
  const auto [first, is_new] = revocations_.emplace(pin.pin.digest, Revocation{is_revoked, here()});
  if (is_new || first->second.is_revoked == is_revoked) return true;
  return Fail(place, nullptr,
              absl::StrCat(ToString(pin.pin), " is ", is_revoked ? "accepted for" : "REVOKED by", " peer ",
                           Quoted(NameOf(first->second.peer, peer)), ", and what one peer revokes is refused for all; ",
                           is_revoked ? "replace it there first" : "replace it here"));
}

bool PinSetBuilder::CheckActiveAndBackup(const Peer& peer) {
  const auto has = [&peer](v1::PinState state) {
    return std::any_of(peer.pins.begin(), peer.pins.end(), [state](const PeerPin& pin) { return pin.state == state; });
  };
  if (!has(v1::ACTIVE)) {
    return Fail({}, "pins",
                absl::StrCat("peer ", Quoted(peer.name), " has no ACTIVE pin; list the key that is served today"));
  }
  if (!has(v1::BACKUP)) {
    return Fail({}, "pins",
                absl::StrCat("peer ", Quoted(peer.name),
                             " has no BACKUP pin, so losing its key would lock out every peer; make a second key, keep "
                             "it offline, and add {\"spki\": \"sha256/...\", \"state\": \"BACKUP\"}"));
  }
  return true;
}

}  // namespace pinion
