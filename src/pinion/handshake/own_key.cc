#include "pinion/handshake/own_key.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "pinion/v1/reason.pb.h"

namespace pinion {
namespace {

// The pin of one of our own entries that accepts this path now; null if there is none.
const PeerPin* FindHolding(const std::vector<const Peer*>& ours, const std::vector<x509::Certificate>& path,
                           absl::Time now) {
  const PeerPin* best = nullptr;
  for (const Peer* peer : ours) {
    for (const PeerPin& pin : peer->pins) {
      const bool holds = Matches(pin.pin, path) && now >= pin.not_before && now < pin.not_after;
      if (holds && (best == nullptr || pin.state < best->state)) best = &pin;
    }
  }
  return best;
}

// The peers that other processes would identify this process as.
std::vector<const Peer*> FindOurs(const PinSet& pin_set, const x509::SubjectAltNames& names, x509::Purpose purpose) {
  std::vector<const Peer*> ours = pin_set.FindByNames(names);
  if (purpose == x509::Purpose::kClientAuth) return ours;
  // Clients identify a server by the host they dial, including addresses and names that the certificate's wildcards
  // cover.
  for (const Peer& peer : pin_set.peers()) {
    const bool is_ours = std::any_of(peer.hosts.begin(), peer.hosts.end(), [&names](const x509::HostPattern& host) {
      return !host.is_wildcard() && names.Covers(*x509::HostName::Parse(host.text()));
    });
    if (is_ours && std::count(ours.begin(), ours.end(), &peer) == 0) ours.push_back(&peer);
  }
  return ours;
}

absl::Status Refused(v1::Reason reason, const x509::Certificate& leaf, absl::string_view problem,
                     absl::string_view next_step) {
  return absl::FailedPreconditionError(absl::StrCat("identity: ", v1::Reason_Name(reason), ": our own key ",
                                                    x509::ToPinText(leaf.spki_digest()), " ", problem, "; ",
                                                    next_step));
}

}  // namespace

std::vector<const Peer*> FindByOwnPin(const PinSet& pin_set, const x509::Certificate& leaf) {
  std::vector<const Peer*> ours;
  for (const Peer& peer : pin_set.peers()) {
    const bool is_ours = std::any_of(peer.pins.begin(), peer.pins.end(), [&leaf](const PeerPin& pin) {
      return pin.state != v1::REVOKED && Matches(pin.pin, {leaf});
    });
    if (is_ours) ours.push_back(&peer);
  }
  return ours;
}

std::vector<std::string> HostsCovered(const PinSet& pin_set, const x509::SubjectAltNames& names) {
  std::set<std::string> hosts;
  for (const Peer& peer : pin_set.peers()) {
    for (const x509::HostPattern& pattern : peer.hosts) {
      const std::string name = pattern.is_wildcard() ? absl::StrCat("any", pattern.text().substr(1)) : pattern.text();
      if (names.Covers(*x509::HostName::Parse(name))) hosts.insert(name);
    }
  }
  for (const std::string& dns : names.dns) {
    const absl::StatusOr<x509::HostName> name = x509::HostName::Parse(dns);
    if (name.ok() && pin_set.FindByHost(*name) != nullptr) hosts.insert(name->text());
  }
  return {hosts.begin(), hosts.end()};
}

absl::Status CheckOwnKey(const PinSet& pin_set, const std::vector<x509::Certificate>& path, x509::Purpose purpose,
                         absl::Time now, std::string* warning) {
  const x509::Certificate& leaf = path.front();
  if (const PeerPin* revoked = pin_set.FindRevoked(path); revoked != nullptr) {
    return Refused(v1::PIN_REVOKED, leaf, absl::StrCat("is REVOKED in our pin set by ", ToString(revoked->pin)),
                   "use the key that is listed as BACKUP");
  }
  const std::vector<const Peer*> ours = FindOurs(pin_set, leaf.names(), purpose);
  if (ours.empty()) return absl::OkStatus();
  if (ours.size() > 1 && purpose == x509::Purpose::kClientAuth) {
    return Refused(v1::IDENTITY_MISMATCH, leaf,
                   absl::StrCat("is in a certificate with names of two peers, \"", ours[0]->name, "\" and \"",
                                ours[1]->name, "\""),
                   "servers with this pin set would refuse us: use a certificate with the names of one");
  }
  const PeerPin* holding = FindHolding(ours, path, now);
  if (holding != nullptr && holding->state == v1::RETIRING) {
    *warning =
        absl::StrCat("our own key ", x509::ToPinText(leaf.spki_digest()), " is RETIRING; move to the ACTIVE one");
  }
  if (holding != nullptr) return absl::OkStatus();
  if (std::all_of(ours.begin(), ours.end(), [now](const Peer* peer) { return now < peer->report_only_until; })) {
    *warning = absl::StrCat("our own key ", x509::ToPinText(leaf.spki_digest()), " is not a pin of peer \"",
                            ours.front()->name, "\", but report-only still accepts it; add it");
    return absl::OkStatus();
  }
  return Refused(
      v1::PIN_MISMATCH, leaf,
      absl::StrCat("is not a pin of peer \"", ours.front()->name, "\", which our names identify"),
      "peers with this pin set would refuse us: add the key as BACKUP and roll that out before it is used, or "
      "have renewals keep the key (docs/renewal.md)");
}

}  // namespace pinion
