#include "tools/pinion/pin_file/difference.h"

#include <algorithm>
#include <functional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "pinion/base/rfc3339.h"
#include "tools/pinion/pin_file/document_difference.h"
#include "tools/pinion/pin_file/lookup.h"

namespace pinion::cli {
namespace {

const PeerPin* FindPin(const Peer& peer, const Pin& wanted) {
  const auto found =
      std::find_if(peer.pins.begin(), peer.pins.end(), [&wanted](const PeerPin& pin) { return pin.pin == wanted; });
  return found == peer.pins.end() ? nullptr : &*found;
}

// The peer that is dialled by a host, or by the names that a wildcard covers: it lists that host, or an enclosing
// wildcard.
const Peer* Dialled(const PinSet& set, const x509::HostPattern& host) {
  for (const Peer& peer : set.peers()) {
    for (const x509::HostPattern& other : peer.hosts) {
      if (other.text() == host.text()) return &peer;
    }
  }
  return host.is_wildcard() ? nullptr : set.FindByHost(*x509::HostName::Parse(host.text()));
}

bool HasIdentity(const Peer& peer, const std::string& identity) {
  return std::find(peer.identities.begin(), peer.identities.end(), identity) != peer.identities.end();
}

const Peer* FindByIdentity(const PinSet& set, const std::string& identity) {
  for (const Peer& peer : set.peers()) {
    if (HasIdentity(peer, identity)) return &peer;
  }
  return nullptr;
}

std::string Times(const PeerPin& pin) {
  const std::string from = pin.not_before == absl::InfinitePast() ? "" : "from " + FormatRfc3339(pin.not_before);
  const std::string until = pin.not_after == absl::InfiniteFuture() ? "" : "until " + FormatRfc3339(pin.not_after);
  if (from.empty() && until.empty()) return "at all times";
  return absl::StrCat(from, from.empty() || until.empty() ? "" : " ", until);
}

std::string State(const PeerPin& pin) { return ToString(pin.state); }

std::string Key(const Pin& pin) { return absl::StrCat("key ", ToString(pin)); }

class Comparison {
 public:
  Comparison(const PinSet& old_set, const PinSet& new_set, absl::Time now) : old_(old_set), new_(new_set), now_(now) {}

  std::vector<Change> Run() {
    Expiry();
    CompareDocuments(old_, new_, &changes_);
    for (const Peer& peer : old_.peers()) {
      peer_ = peer.name;
      if (FindPeer(new_, peer.name) == nullptr) PeerRemoved(peer);
      HostsRemoved(peer);
    }
    for (const Peer& peer : new_.peers()) {
      peer_ = peer.name;
      const Peer* const before = FindPeer(old_, peer.name);
      if (before == nullptr) PeerAdded(peer);
      HostsAdded(peer);
      if (before == nullptr) continue;
      Identities(*before, peer);
      Pins(*before, peer);
      ReportOnly(*before, peer);
    }
    std::stable_partition(changes_.begin(), changes_.end(), [](const Change& change) { return change.is_dangerous; });
    return std::move(changes_);
  }

 private:
  void Say(absl::string_view code, absl::string_view subject, bool is_dangerous, std::string text) {
    changes_.push_back({std::string(code), peer_, std::string(subject), is_dangerous, std::move(text)});
  }

  void Expiry() {
    if (old_.expires() == new_.expires()) return;
    const bool is_sooner = new_.expires() < old_.expires();
    Say("EXPIRY_CHANGED", "", is_sooner,
        new_.expires() == absl::InfiniteFuture()
            ? "the pin set does not expire any more"
            : absl::StrCat("the pin set expires at ", FormatRfc3339(new_.expires()),
                           is_sooner ? ", sooner than before" : "", ": from then on, new connections are refused"));
  }

  void PeerRemoved(const Peer& peer) {
    Say("PEER_REMOVED", "", true,
        "the peer is no longer listed: a server that is dialled as one of its hosts is refused, unless another peer "
        "has "
        "the host; a client that is it passes as an unlisted one, without a pin, where unlisted_clients is ACCEPT");
    for (const std::string& identity : peer.identities) {
      const Peer* const owner = FindByIdentity(new_, identity);
      if (owner == nullptr) continue;
      Say("IDENTITY_MOVED", identity, true, absl::StrCat("identity ", identity, " is peer ", owner->name, "'s now"));
    }
  }

  void PeerAdded(const Peer& peer) {
    std::vector<std::string> pins;
    for (const PeerPin& pin : peer.pins) pins.push_back(ToString(pin));
    Say("PEER_ADDED", "", false, absl::StrCat("the peer is new; its pins are ", absl::StrJoin(pins, ", ")));
    for (const std::string& identity : peer.identities) {
      if (FindByIdentity(old_, identity) != nullptr) continue;
      Say("IDENTITY_ADDED", identity, true,
          absl::StrCat("a client that is ", identity, " must hold one of its pins from now on"));
    }
    if (peer.report_only_until > now_) SayReportOnly(peer);
  }

  void HostsRemoved(const Peer& peer) {
    for (const x509::HostPattern& host : peer.hosts) {
      const Peer* const owner = Dialled(new_, host);
      if (owner == nullptr) {
        Say("HOST_REMOVED", host.text(), true,
            absl::StrCat("host ", host.text(), " is no longer pinned: clients that dial it refuse the server"));
      } else if (owner->name != peer.name) {
        Say("HOST_MOVED", host.text(), true,
            absl::StrCat("host ", host.text(), " is dialled as peer ", owner->name,
                         ", and must hold that peer's pins"));
      }
    }
  }

  void HostsAdded(const Peer& peer) {
    for (const x509::HostPattern& host : peer.hosts) {
      const Peer* const owner = Dialled(old_, host);
      if (owner == nullptr) {
        const char* const clients =
            "; a client with such a name in its certificate, which is no other peer's own, must hold one of them, too";
        Say("HOST_ADDED", host.text(), host.is_wildcard(),
            absl::StrCat("host ", host.text(),
                         " is pinned now: servers dialled as it were refused, and are accepted with one "
                         "of the peer's pins",
                         host.is_wildcard() ? clients : ""));
      } else if (owner->name != peer.name && !Lists(*owner, host)) {
        Say("HOST_MOVED", host.text(), true,
            absl::StrCat("host ", host.text(), " was dialled as peer ", owner->name,
                         " by a wildcard, and must hold "
                         "this peer's pins"));
      }
    }
  }

  static bool Lists(const Peer& peer, const x509::HostPattern& host) {
    return std::any_of(peer.hosts.begin(), peer.hosts.end(),
                       [&host](const x509::HostPattern& other) { return other.text() == host.text(); });
  }

  void Identities(const Peer& before, const Peer& after) {
    for (const std::string& identity : before.identities) {
      if (HasIdentity(after, identity)) continue;
      Say("IDENTITY_REMOVED", identity, true,
          absl::StrCat("identity ", identity, " is no longer its own: ",
                       after.identities.empty()
                           ? "its servers need no identity any more"
                           : "a server whose certificate carries no other of its identities is refused",
                       ", and a client that is it is no longer held to the peer's pins"));
    }
    for (const std::string& identity : after.identities) {
      if (HasIdentity(before, identity)) continue;
      Say("IDENTITY_ADDED", identity, true,
          absl::StrCat("identity ", identity, " is its own now: a client that is it must hold one of the peer's pins",
                       before.identities.empty()
                           ? ", and its servers' certificates must carry an identity, as none had to"
                           : ""));
    }
  }

  void Pins(const Peer& before, const Peer& after) {
    for (const PeerPin& pin : before.pins) {
      const PeerPin* const now = FindPin(after, pin.pin);
      if (now == nullptr) {
        PinRemoved(pin, after);
      } else {
        PinChanged(pin, *now);
      }
    }
    for (const PeerPin& pin : after.pins) {
      if (FindPin(before, pin.pin) == nullptr) PinAdded(pin);
    }
  }

  void PinRemoved(const PeerPin& pin, const Peer& after) {
    const std::string subject = ToString(pin.pin);
    if (pin.state == v1::REVOKED) {
      const bool is_open =
          after.report_only_until > now_ || std::any_of(after.pins.begin(), after.pins.end(), [](const PeerPin& other) {
            return other.pin.kind == PinKind::kIssuerSpki && other.state != v1::REVOKED;
          });
      Say("KEY_FORGOTTEN", subject, is_open,
          absl::StrCat(Key(pin.pin), " is no longer revoked, merely unknown: ",
                       is_open ? "it may be accepted again, by an issuer's pin or because wrong keys are only reported"
                               : "refused as any key that is no pin"));
    } else if (pin.state == v1::ACTIVE) {
      Say("KEY_REFUSED", subject, true,
          absl::StrCat("the key served today, ", ToString(pin.pin),
                       " (ACTIVE in the old file), is no longer accepted"));
    } else {
      Say("KEY_REFUSED", subject, pin.state == v1::BACKUP,
          absl::StrCat(Key(pin.pin), " (", State(pin), ") is no longer accepted",
                       pin.state == v1::BACKUP ? ": a server that has taken it already is refused" : ""));
    }
  }

  void PinAdded(const PeerPin& pin) {
    const std::string subject = ToString(pin.pin);
    if (pin.state == v1::REVOKED) {
      const bool is_issuer = pin.pin.kind == PinKind::kIssuerSpki;
      Say("KEY_REVOKED", subject, is_issuer,
          absl::StrCat(Key(pin.pin), " is refused, whatever else holds; it was not listed before",
                       is_issuer ? "; so is every peer whose certificate that CA has issued" : ""));
    } else if (pin.state == v1::ACTIVE) {
      Say("KEY_ACCEPTED", subject, true,
          absl::StrCat(Key(pin.pin),
                       " is accepted and ACTIVE at once: if it is served, peers that still have the old file "
                       "refuse it; roll it out as BACKUP first"));
    } else {
      Say("KEY_ACCEPTED", subject, false, absl::StrCat(Key(pin.pin), " is accepted (", State(pin), "), ", Times(pin)));
    }
  }

  void PinChanged(const PeerPin& before, const PeerPin& after) {
    const std::string subject = ToString(after.pin);
    if (before.state != after.state) StateChanged(before, after, subject);
    if (const absl::Time proven = new_.ProvenOn(after.pin); proven > old_.ProvenOn(before.pin)) {
      Say("KEY_PROVEN", subject, false,
          absl::StrCat(Key(after.pin), " was in somebody's hands on ", FormatRfc3339(proven)));
    }
    if (after.state == v1::REVOKED || before.state == v1::REVOKED) return;
    if (before.not_before == absl::Time(after.not_before) && before.not_after == absl::Time(after.not_after)) return;
    const bool is_over =
        before.state != v1::RETIRING && IsAccepted(old_, before, now_) && !IsAccepted(new_, after, now_);
    Say("TIMES_CHANGED", subject, is_over,
        absl::StrCat(Key(after.pin), " is accepted ", Times(after), "; before, ", Times(before),
                     is_over ? "; so it is no longer accepted today" : ""));
  }

  void StateChanged(const PeerPin& before, const PeerPin& after, const std::string& subject) {
    const std::string from_to = absl::StrCat(" (", State(before), " before)");
    if (before.state == v1::REVOKED) {
      Say("KEY_ACCEPTED", subject, true,
          absl::StrCat(Key(after.pin), " was REVOKED, and is accepted again as ", State(after),
                       ", from every holder of the key"));
    } else if (after.state == v1::REVOKED && before.state == v1::ACTIVE) {
      Say("KEY_REVOKED", subject, true,
          absl::StrCat("the key served today, ", ToString(after.pin),
                       " (ACTIVE in the old file), is refused, and live connections that hold it are closed"));
    } else if (after.state == v1::REVOKED) {
      Say("KEY_REVOKED", subject, false,
          absl::StrCat(Key(after.pin), from_to, " is refused, and live connections that hold it are closed"));
    } else {
      Say("STATE_CHANGED", subject, false,
          absl::StrCat(Key(after.pin), " is ", State(after), from_to,
                       after.state == v1::ACTIVE ? ": it may be served, and is not reported any more"
                                                 : ": accepted, and reported when it is seen"));
    }
  }

  void SayReportOnly(const Peer& peer) {
    Say("REPORT_ONLY", "", true,
        absl::StrCat("until ", FormatRfc3339(peer.report_only_until), " a wrong key is reported and accepted"));
  }

  void ReportOnly(const Peer& before, const Peer& after) {
    const absl::Time was = std::max(before.report_only_until, now_);
    const absl::Time is = std::max(after.report_only_until, now_);
    if (was == is) return;
    if (is > was) {
      SayReportOnly(after);
    } else {
      Say("REPORT_ONLY", "", true,
          absl::StrCat("a wrong key is refused ",
                       is > now_ ? "from " + FormatRfc3339(after.report_only_until) + " on" : "from now on",
                       "; it was to be accepted and reported until ", FormatRfc3339(before.report_only_until)));
    }
  }

  const PinSet& old_;
  const PinSet& new_;
  const absl::Time now_;
  std::string peer_;
  std::vector<Change> changes_;
};

}  // namespace

std::vector<Change> Compare(const PinSet& old_set, const PinSet& new_set, absl::Time now) {
  return Comparison(old_set, new_set, now).Run();
}

}  // namespace pinion::cli
