#include "tools/pinion/foreign_pins/imported.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "pinion/json/string_literal.h"
#include "pinion/pin/pin_set.h"
#include "tools/pinion/pin_file/pin_file_text.h"

namespace pinion::cli {
namespace {

using Entry = ForeignPins::Entry;

struct Group {
  std::vector<std::string> hosts;
  std::vector<Pin> pins;
};

bool Has(const std::vector<Pin>& pins, const Pin& pin) {
  return std::find(pins.begin(), pins.end(), pin) != pins.end();
}

bool AreTheSame(const std::vector<Pin>& a, const std::vector<Pin>& b) {
  return a.size() == b.size() && std::all_of(a.begin(), a.end(), [&b](const Pin& pin) { return Has(b, pin); });
}

std::string Quoted(absl::string_view text) { return absl::StrCat("\"", absl::CHexEscape(text), "\""); }

absl::StatusOr<std::string> Normalised(const std::string& host, bool allows_wildcard) {
  const absl::StatusOr<x509::HostPattern> pattern = x509::HostPattern::Parse(host);
  if (!pattern.ok()) return pattern.status();
  if (!pattern->is_wildcard() || allows_wildcard) return pattern->text();
  return absl::InvalidArgumentError(
      absl::StrCat(Quoted(host), " is no host: this format has no wildcards, but a switch for subdomains"));
}

class Importer {
 public:
  Importer(const Format& format, const ForeignPins& pins, const ImportOptions& options)
      : format_(format), pins_(pins), options_(options) {}

  absl::StatusOr<Imported> Run() {
    imported_.remarks = pins_.remarks;
    if (absl::Status status = TakeEntries(); !status.ok()) return status;
    if (absl::Status status = CheckOptions(); !status.ok()) return status;
    if (absl::Status status = CheckBackups(); !status.ok()) return status;
    if (absl::Status status = CheckSharedKeys(); !status.ok()) return status;
    Write();
    const auto set = PinSet::FromJson(imported_.pin_file, "the pin file made of it");
    if (!set.ok()) return absl::FailedPreconditionError(set.status().message());
    Remark(
        "it does not say which key is served: the first pin of each host is ACTIVE, the others are BACKUP; `pinion "
        "pins` "
        "changes that");
    if (format_.matches_chain && options_.kind == PinKind::kSpki) {
      Remark(absl::StrCat(format_.title,
                          " matches a pin on any certificate of the chain; here each is of the server's own key. Where "
                          "they are a CA's, import with --kind issuer_spki"));
    }
    return std::move(imported_);
  }

 private:
  void Remark(std::string sentence) { imported_.remarks.push_back(std::move(sentence)); }

  absl::Status TakeEntries() {
    const bool has_hosts = format_.wildcards != Format::Wildcards::kNoHosts;
    if (!has_hosts && options_.host.empty()) {
      return absl::InvalidArgumentError(absl::StrCat(format_.title, " does not say whose pins they are; give --host"));
    }
    const absl::StatusOr<std::string> wanted = options_.host.empty() ? "" : Normalised(options_.host, true);
    if (!wanted.ok()) return absl::InvalidArgumentError(absl::StrCat("--host: ", wanted.status().message()));
    std::vector<std::string> others;
    for (const Entry& entry : pins_.entries) {
      const bool allows_wildcard = format_.wildcards != Format::Wildcards::kSubdomains;
      const absl::StatusOr<std::string> host = has_hosts ? Normalised(entry.host, allows_wildcard) : wanted;
      if (!host.ok()) return host.status();
      if (options_.host.empty() || *host == *wanted) {
        Take(*host, entry);
      } else {
        others.push_back(*host);
      }
    }
    if (groups_.empty()) {
      return absl::InvalidArgumentError(absl::StrCat("no pins of ", Quoted(options_.host), " are in it; its hosts are ",
                                                     absl::StrJoin(others, ", ")));
    }
    if (!others.empty()) Remark(absl::StrCat("not imported, for --host is another: ", absl::StrJoin(others, ", ")));
    return absl::OkStatus();
  }

  // The wildcard for the names below a host; none if a pin file cannot have it, or if it would cover more names.
  std::optional<std::string> WildcardBelow(const std::string& host) {
    const absl::StatusOr<std::string> below = Normalised("*." + host, /*allows_wildcard=*/true);
    if (!below.ok()) {
      Remark(absl::StrCat(host,
                          " and its subdomains: a pin file has no wildcard there, so its subdomains are not imported"));
      return std::nullopt;
    }
    const x509::HostPattern pattern = *x509::HostPattern::Parse(*below);
    for (const std::string& unpinned : pins_.unpinned) {
      const absl::StatusOr<x509::HostName> excluded = x509::HostName::Parse(unpinned);
      if (!excluded.ok() || !pattern.Matches(*excluded)) continue;
      Remark(absl::StrCat(host, " and its subdomains: ", *below, " is not imported, for it would pin ",
                          excluded->text(), " too, which is not pinned there; names below ", host,
                          " are refused until they are in the pin file as hosts of their own"));
      return std::nullopt;
    }
    Remark(absl::StrCat(host, " and its subdomains: ", *below,
                        " is exactly one label here; names further down are not in the pin file, and are refused"));
    return *below;
  }

  void Take(const std::string& host, const Entry& entry) {
    std::vector<std::string> hosts = {host};
    if (entry.includes_subdomains) {
      if (std::optional<std::string> below = WildcardBelow(host); below.has_value()) hosts.push_back(*std::move(below));
    }
    std::vector<Pin> pins;
    for (Pin pin : entry.pins) {
      if (options_.kind != PinKind::kSpki) pin.kind = options_.kind;
      if (!Has(pins, pin)) pins.push_back(pin);
    }
    const auto same = std::find_if(groups_.begin(), groups_.end(),
                                   [&pins](const Group& group) { return AreTheSame(group.pins, pins); });
    if (same == groups_.end()) {
      groups_.push_back({std::move(hosts), std::move(pins)});
    } else {
      same->hosts.insert(same->hosts.end(), hosts.begin(), hosts.end());
    }
  }

  absl::Status CheckOptions() {
    if (groups_.size() > 1 && (!options_.name.empty() || !options_.backups.empty())) {
      return absl::InvalidArgumentError(absl::StrCat("--name and --backup are for one peer, and this makes ",
                                                     groups_.size(), "; import one at a time with --host"));
    }
    for (const Pin& pin : options_.backups) {
      if (!Has(groups_[0].pins, pin)) groups_[0].pins.push_back(pin);
    }
    return absl::OkStatus();
  }

  absl::Status CheckBackups() const {
    std::vector<std::string> alone;
    for (const Group& group : groups_) {
      if (group.pins.size() < 2) alone.push_back(group.hosts[0]);
    }
    if (alone.empty()) return absl::OkStatus();
    return absl::FailedPreconditionError(absl::StrCat(absl::StrJoin(alone, ", "), " ",
                                                      alone.size() == 1 ? "has" : "have",
                                                      " one pin only, and losing that key locks every client out, "
                                                      "so a pin file needs a BACKUP; make a second key, "
                                                      "keep it offline, and give it with --backup PIN",
                                                      groups_.size() > 1 ? " (and one --host at a time)" : ""));
  }

  absl::Status CheckSharedKeys() const {
    for (auto group = groups_.begin(); group != groups_.end(); ++group) {
      for (auto other = group + 1; other != groups_.end(); ++other) {
        for (const Pin& pin : group->pins) {
          if (pin.kind == PinKind::kIssuerSpki || !Has(other->pins, pin)) continue;
          return absl::FailedPreconditionError(absl::StrCat(
              group->hosts[0], " and ", other->hosts[0], " share ", ToString(pin),
              " and not all their pins, and two peers must not share a key, or one could impersonate the other; give "
              "both the same pins where they are one service, or import with --kind issuer_spki where they are a "
              "CA's"));
        }
      }
    }
    return absl::OkStatus();
  }

  std::string NameOf(const Group& group) const {
    if (!options_.name.empty()) return options_.name;
    absl::string_view host = group.hosts[0];
    const std::string prefix = absl::ConsumePrefix(&host, "*.") ? "any." : "";
    return absl::StrCat(prefix, absl::StrReplaceAll(host, {{":", "-"}}));
  }

  void Write() {
    std::vector<std::string> peers;
    for (const Group& group : groups_) {
      std::vector<std::string> hosts;
      std::vector<std::string> entries;
      for (const std::string& host : group.hosts) hosts.push_back(json::StringLiteral(host));
      for (const Pin& pin : group.pins) {
        const v1::PinState state = entries.empty() ? v1::ACTIVE : v1::BACKUP;
        entries.push_back("        " + PinEntry({pin, state, absl::InfinitePast(), absl::InfiniteFuture()}));
      }
      peers.push_back(absl::StrCat("    {\n      \"name\": ", json::StringLiteral(NameOf(group)),
                                   ",\n      \"hosts\": [", absl::StrJoin(hosts, ", "), "],\n      \"pins\": [\n",
                                   absl::StrJoin(entries, ",\n"), "\n      ]\n    }"));
    }
    imported_.peers = absl::StrJoin(peers, ",\n") + "\n";
    imported_.pin_file = absl::StrCat("{\n  \"version\": 1,\n  \"peers\": [\n", imported_.peers, "  ]\n}\n");
  }

  const Format& format_;
  const ForeignPins& pins_;
  const ImportOptions& options_;
  std::vector<Group> groups_;
  Imported imported_;
};

}  // namespace

absl::StatusOr<Imported> Import(const Format& format, const ForeignPins& pins, const ImportOptions& options) {
  return Importer(format, pins, options).Run();
}

}  // namespace pinion::cli
