#include "tools/pinion/foreign_pins/exported.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "pinion/base/rfc3339.h"
#include "tools/pinion/pin_file/lookup.h"

namespace pinion::cli {
namespace {

using Entry = ForeignPins::Entry;
using Wildcards = Format::Wildcards;

class Exporter {
 public:
  Exporter(const Format& format, const PinSet& set, const ExportOptions& options, absl::Time now)
      : format_(format), set_(set), options_(options), now_(now) {}

  absl::StatusOr<Exported> Run() {
    const absl::StatusOr<std::vector<const Peer*>> peers = Chosen();
    if (!peers.ok()) return peers.status();
    for (const Peer* peer : *peers) {
      peer_ = peer;
      if (absl::Status status = AddPeer(); !status.ok()) return status;
    }
    if (entries_.empty()) return absl::FailedPreconditionError("no peer has a host, so there is nothing to export");
    exported_.remarks.emplace_back("states are not carried: what is ACTIVE comes first, then BACKUP");
    if (format_.remark != nullptr) exported_.remarks.emplace_back(format_.remark);
    exported_.text = format_.write(entries_);
    return std::move(exported_);
  }

 private:
  template <typename... Parts>
  void Remark(const Parts&... parts) {
    exported_.remarks.push_back(absl::StrCat(peer_->name, ": ", parts...));
  }

  absl::StatusOr<std::vector<const Peer*>> Chosen() const {
    std::vector<const Peer*> chosen;
    std::vector<std::string> names;
    for (const Peer& peer : set_.peers()) {
      names.push_back(peer.name);
      if (options_.peer.empty() || options_.peer == peer.name) chosen.push_back(&peer);
    }
    if (!options_.host.empty()) {
      const absl::StatusOr<x509::HostName> host = x509::HostName::Parse(options_.host);
      if (!host.ok()) return host.status();
      const Peer* const dialled = set_.FindByHost(*host);
      if (dialled == nullptr) {
        return absl::InvalidArgumentError(absl::StrCat("--host: ", host->text(), " is in no peer's hosts"));
      }
      chosen = {dialled};
    }
    const std::string listed = absl::StrJoin(names, ", ");
    if (chosen.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("--peer: there is no peer \"", absl::CHexEscape(options_.peer), "\"; the peers are ", listed));
    }
    if (chosen.size() > 1 && format_.wildcards == Wildcards::kNoHosts) {
      return absl::InvalidArgumentError(
          absl::StrCat(format_.title, " is for one peer; choose with --peer or --host: ", listed));
    }
    return chosen;
  }

  absl::Status AddPeer() {
    if (peer_->hosts.empty() && format_.wildcards != Wildcards::kNoHosts) {
      Remark("has no hosts, and is not exported: the format is of servers");
      return absl::OkStatus();
    }
    const auto earlier = static_cast<std::ptrdiff_t>(exported_.remarks.size());
    const std::vector<Pin> pins = CarriedPins();
    if (pins.size() < format_.least_pins) {
      const auto of_this = exported_.remarks.begin() + earlier;
      return absl::FailedPreconditionError(absl::StrCat(
          peer_->name, ": ", format_.title, " needs at least ", format_.least_pins, " of its pins, and can carry ",
          pins.size(), "; export other peers with --peer", of_this == exported_.remarks.end() ? "" : "; ",
          absl::StrJoin(of_this, exported_.remarks.end(), "; ")));
    }
    if (pins.size() == 1) Remark("one pin only is carried: there, losing its key locks every client out");
    if (!peer_->identities.empty()) {
      Remark("identities are not carried: ", absl::StrJoin(peer_->identities, ", "),
             "; the host's name alone is checked");
    }
    if (peer_->report_only_until > now_) {
      Remark("report_only_until ", FormatRfc3339(peer_->report_only_until),
             " is not carried: there a wrong key is refused at once");
    }
    for (Entry& entry : Hosts()) {
      entry.pins = pins;
      entries_.push_back(std::move(entry));
    }
    return absl::OkStatus();
  }

  // The pins in accepted states, in this order; remarks on those that are left out.
  std::vector<Pin> CarriedPins() {
    // apple has a list for issuers, but accepts only chains that match both lists.
    const bool carries_issuers = absl::string_view(format_.name) == "apple" &&
                                 std::none_of(peer_->pins.begin(), peer_->pins.end(), [this](const PeerPin& pin) {
                                   return pin.pin.kind == PinKind::kSpki && IsAccepted(set_, pin, now_);
                                 });
    std::vector<Pin> pins;
    for (const v1::PinState state : {v1::ACTIVE, v1::BACKUP, v1::RETIRING, v1::REVOKED}) {
      for (const PeerPin& pin : peer_->pins) {
        if (pin.state == state && IsCarried(pin, carries_issuers)) pins.push_back(pin.pin);
      }
    }
    return pins;
  }

  bool IsCarried(const PeerPin& pin, bool carries_issuers) {
    const std::string text = ToString(pin);
    if (pin.state == v1::REVOKED) {
      Remark(text, " is not exported: there the key is merely unknown");
    } else if (!IsAccepted(set_, pin, now_)) {
      Remark(text, " is not exported: it is not accepted now, and the format knows no time; export again when it is");
    } else if (pin.pin.kind == PinKind::kCertificate) {
      Remark(text, " is not exported: the format pins keys, not certificates");
    } else if (pin.pin.kind == PinKind::kIssuerSpki && !carries_issuers) {
      Remark(text, " is not exported: the format cannot tell an issuer's key from the server's own");
    } else {
      if (pin.not_after != absl::InfiniteFuture()) Remark(text, ": there it is accepted without end");
      if (pin.state == v1::RETIRING) Remark(text, ": there it is as good as any; export again when it is removed");
      return true;
    }
    return false;
  }

  bool HasHost(const std::string& text) const {
    return std::any_of(peer_->hosts.begin(), peer_->hosts.end(),
                       [&text](const x509::HostPattern& host) { return host.text() == text; });
  }

  // Without their pins.
  std::vector<Entry> Hosts() {
    if (format_.wildcards == Wildcards::kNoHosts) return {HostlessEntry()};
    if (!options_.host.empty()) return {{x509::HostName::Parse(options_.host)->text(), false, {}}};
    std::vector<Entry> entries;
    for (const x509::HostPattern& pattern : peer_->hosts) {
      absl::string_view host = pattern.text();
      const bool is_below = format_.wildcards == Wildcards::kSubdomains && absl::ConsumePrefix(&host, "*.");
      if (is_below) {
        Remark(pattern.text(), " is exported as subdomains of ", host, ", which ",
               HasHost(std::string(host)) ? "" : "covers that name itself, and ",
               "may cover names of more labels; here it is exactly one label more");
        if (HasHost(std::string(host))) continue;
      }
      entries.push_back({std::string(host), is_below || HasBelow(host), {}});
    }
    return entries;
  }

  bool HasBelow(absl::string_view host) const {
    return format_.wildcards == Wildcards::kSubdomains && HasHost(absl::StrCat("*.", host));
  }

  Entry HostlessEntry() {
    std::vector<std::string> hosts;
    for (const x509::HostPattern& host : peer_->hosts) hosts.push_back(host.text());
    Remark("hosts are not carried: ", hosts.empty() ? "none" : absl::StrJoin(hosts, ", "));
    Entry entry;
    // Only hpkp writes it.
    entry.includes_subdomains =
        options_.host.empty() && hosts.size() == 2 && (hosts[1] == "*." + hosts[0] || hosts[0] == "*." + hosts[1]);
    return entry;
  }

  const Format& format_;
  const PinSet& set_;
  const ExportOptions& options_;
  const absl::Time now_;
  const Peer* peer_ = nullptr;
  std::vector<Entry> entries_;
  Exported exported_;
};

}  // namespace

absl::StatusOr<Exported> Export(const Format& format, const PinSet& set, const ExportOptions& options, absl::Time now) {
  return Exporter(format, set, options, now).Run();
}

}  // namespace pinion::cli
