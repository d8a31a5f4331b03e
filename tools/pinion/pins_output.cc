#include "tools/pinion/pins_output.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "pinion/base/printable.h"
#include "pinion/base/rfc3339.h"
#include "pinion/pin/backup_proof.h"
#include "pinion/x509/encoding/digest.h"
#include "tools/pinion/json_output.h"
#include "tools/pinion/pin_file/lookup.h"
#include "tools/pinion/pin_file/pin_file_text.h"

namespace pinion::cli {
namespace {

using Json = nlohmann::ordered_json;

// Whole days, rounded down.
int64_t DaysUntil(absl::Time end, absl::Time now) {
  return static_cast<int64_t>(absl::Floor(end - now, absl::Hours(24)) / absl::Hours(24));
}

std::string ValidityText(const PeerPin& pin, absl::Time now) {
  std::string text;
  if (pin.not_before != absl::InfinitePast()) {
    absl::StrAppend(&text, "  from ", FormatRfc3339(pin.not_before));
    if (pin.not_before > now) absl::StrAppend(&text, " (not yet accepted)");
  }
  if (pin.not_after == absl::InfiniteFuture()) return text;
  absl::StrAppend(&text, "  until ", FormatRfc3339(pin.not_after));
  if (pin.not_after <= now) return text + " (no longer accepted)";
  return absl::StrCat(text, " (", DaysUntil(pin.not_after, now), " days left)");
}

std::string Listed(const std::vector<std::string>& names) {
  return names.empty() ? "none" : Printable(absl::StrJoin(names, ", "));
}

std::vector<std::string> HostsOf(const Peer& peer) {
  std::vector<std::string> hosts;
  for (const x509::HostPattern& host : peer.hosts) hosts.push_back(host.text());
  return hosts;
}

// Of pins that need a proof, in a file whose owners use proofs.
std::string ProofColumn(const PinSet& set, const PeerPin& pin, absl::Time now) {
  const bool is_shown = set.HasProofs() && CanBeProven(pin);
  return is_shown ? "  " + ProofText(set, pin, now) : "";
}

Json PinJson(const PinSet& set, const PeerPin& pin, absl::Time now) {
  Json json = {{"pin", x509::ToPinText(pin.pin.digest)}, {"kind", std::string(KindName(pin.pin.kind))},
               {"state", ToString(pin.state)},           {"not_before", TimeJson(pin.not_before)},
               {"not_after", TimeJson(pin.not_after)},   {"days_left", nullptr},
               {"accepted", IsAccepted(set, pin, now)},  {"proven_on", TimeJson(set.ProvenOn(pin.pin))}};
  if (pin.not_after != absl::InfiniteFuture()) json["days_left"] = DaysUntil(pin.not_after, now);
  return json;
}

Json ChangesJson(const std::vector<Change>& changes) {
  Json json = Json::array();
  for (const Change& change : changes) {
    json.push_back({{"code", change.code},
                    {"peer", change.peer},
                    {"subject", change.subject},
                    {"dangerous", change.is_dangerous},
                    {"text", change.text}});
  }
  return json;
}

size_t CountDangerous(const std::vector<Change>& changes) {
  return std::count_if(changes.begin(), changes.end(), [](const Change& change) { return change.is_dangerous; });
}

std::string ChangesTable(const std::vector<Change>& changes) {
  const bool has_dangerous = CountDangerous(changes) > 0;
  std::string table;
  for (const Change& change : changes) {
    const absl::string_view mark = change.is_dangerous ? "DANGEROUS  " : "           ";
    const std::string peer = change.peer.empty() ? "" : change.peer + ": ";
    absl::StrAppend(&table, "  ", has_dangerous ? mark : "", peer, Printable(change.text), "\n");
  }
  return table;
}

// ", valid until 2026-12-01T00:00:00Z (1 days left)", or empty.
std::string EndText(const PinSet& set, absl::Time now) {
  if (set.expires() == absl::InfiniteFuture()) return "";
  const std::string until = FormatRfc3339(set.expires());
  if (set.expires() <= now) return absl::StrCat(", expired at ", until, ": new connections are refused");
  return absl::StrCat(", valid until ", until, " (", DaysUntil(set.expires(), now), " days left)");
}

}  // namespace

std::string ProofText(const PinSet& set, const PeerPin& pin, absl::Time now) {
  const absl::Time end = ProofEnds(set, pin);
  if (end == absl::InfinitePast()) return "never proven";
  const std::string date = absl::FormatTime("%E4Y-%m-%d", set.ProvenOn(pin.pin), absl::UTCTimeZone());
  if (end <= now) return absl::StrCat("proven ", date, ", too long ago");
  return absl::StrCat("proven ", date, " (", DaysUntil(end, now), " days left)");
}

Json TimeJson(absl::Time time) {
  if (time == absl::InfinitePast() || time == absl::InfiniteFuture()) return nullptr;
  return FormatRfc3339(time);
}

std::string PinSetTable(const std::string& file, const PinSet& set, absl::Time now) {
  std::string table = absl::StrCat(absl::CHexEscape(file), ": version ", set.version(), EndText(set, now), "\n");
  for (const Document& document : set.documents()) {
    absl::StrAppend(&table, "document ", document.file, "  ", x509::ToHex(document.digest), "\n");
  }
  for (const Peer& peer : set.peers()) {
    absl::StrAppend(&table, peer.name, "\n  hosts       ", Listed(HostsOf(peer)), "\n  identities  ",
                    Listed(peer.identities), "\n");
    if (peer.report_only_until > now) {
      absl::StrAppend(&table, "  a wrong key is only reported, until ", FormatRfc3339(peer.report_only_until), " (",
                      DaysUntil(peer.report_only_until, now), " days left)\n");
    }
    for (const PeerPin& pin : peer.pins) {
      absl::StrAppendFormat(&table, "  %-10s  %-11s  %s%s%s\n", ToString(pin.state),
                            std::string(KindName(pin.pin.kind)), x509::ToPinText(pin.pin.digest),
                            ValidityText(pin, now), ProofColumn(set, pin, now));
    }
  }
  return table;
}

std::string PinSetJson(const std::string& file, const PinSet& set, absl::Time now) {
  Json json = {{"version", 1},
               {"file", file},
               {"pin_set_version", set.version()},
               {"expires", TimeJson(set.expires())},
               {"documents", Json::array()},
               {"peers", Json::array()}};
  for (const Document& document : set.documents()) {
    json["documents"].push_back({{"file", document.file}, {"sha256", x509::ToHex(document.digest)}});
  }
  for (const Peer& peer : set.peers()) {
    Json pins = Json::array();
    for (const PeerPin& pin : peer.pins) pins.push_back(PinJson(set, pin, now));
    json["peers"].push_back({{"name", peer.name},
                             {"hosts", HostsOf(peer)},
                             {"identities", peer.identities},
                             {"report_only_until", TimeJson(peer.report_only_until)},
                             {"pins", std::move(pins)}});
  }
  return JsonText(json);
}

std::string StepTable(const StepResult& result) {
  return absl::StrCat(absl::CHexEscape(result.file), ": version ", result.old_version, " -> ", result.new_version,
                      result.is_written ? "\n" : ", nothing is written\n", ChangesTable(result.changes));
}

std::string StepJson(const StepResult& result) {
  return JsonText({{"version", 1},
                   {"file", result.file},
                   {"old_version", result.old_version},
                   {"new_version", result.new_version},
                   {"written", result.is_written},
                   {"changes", ChangesJson(result.changes)}});
}

std::string DiffTable(const DiffResult& result) {
  if (result.changes.empty()) return "nothing changes for any peer\n";
  return absl::StrCat("version ", result.old_version, " -> ", result.new_version, "\n", ChangesTable(result.changes),
                      result.changes.size(), result.changes.size() == 1 ? " change, " : " changes, ",
                      CountDangerous(result.changes), " dangerous\n");
}

std::string DiffJson(const DiffResult& result) {
  return JsonText({{"version", 1},
                   {"old", {{"file", result.old_file}, {"version", result.old_version}}},
                   {"new", {{"file", result.new_file}, {"version", result.new_version}}},
                   {"version_rises", result.new_version > result.old_version},
                   {"changes", ChangesJson(result.changes)}});
}

}  // namespace pinion::cli
