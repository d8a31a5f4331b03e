#include "tools/pinion/probe_output.h"

#include <nlohmann/json.hpp>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "pinion/base/printable.h"
#include "pinion/base/rfc3339.h"
#include "pinion/base/socket_address.h"
#include "pinion/x509/host_name.h"
#include "pinion/x509/key.h"
#include "tools/pinion/json_output.h"
#include "tools/pinion/verdict_output.h"

namespace pinion::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kBackupRemark[] =
    "a peer needs a BACKUP pin: make its next key offline, and add {\"spki\": \"sha256/...=\", \"state\": \"BACKUP\"}";

std::vector<std::string> DersOf(const PresentedChain& presented) {
  std::vector<std::string> ders;
  if (!presented.leaf.empty()) ders.push_back(presented.leaf);
  ders.insert(ders.end(), presented.others.begin(), presented.others.end());
  return ders;
}

int64_t DaysLeft(const x509::Certificate& certificate, absl::Time now) {
  return absl::ToInt64Hours(absl::Floor(certificate.not_after() - now, absl::Hours(24))) / 24;
}

// An entry for a pin file, complete except for the backup, which only the server's owner has. Null if the leaf cannot
// be read.
Json PinSetEntry(const AskedServer& asked) {
  const absl::StatusOr<x509::Certificate> leaf = x509::Certificate::FromDer(asked.seen.presented.leaf);
  if (!leaf.ok()) return nullptr;
  Json entry;
  // A peer's name must not contain a colon; an address may.
  entry["name"] = absl::StrReplaceAll(asked.host.substr(0, 63), {{":", "-"}});
  entry["hosts"] = {asked.host};
  if (!leaf->names().uris.empty()) entry["identities"] = leaf->names().uris;
  entry["pins"] = Json::array({{{"spki", x509::ToPinText(leaf->spki_digest())}, {"state", "ACTIVE"}}});
  return entry;
}

// The entry as text for a pin file, which may contain a comment.
std::string PinSetEntryText(Json entry) {
  const std::string pin = entry["pins"][0].dump(-1, ' ', /*ensure_ascii=*/true);
  entry.erase("pins");
  std::string rest = entry.dump(-1, ' ', /*ensure_ascii=*/true);
  rest.pop_back();
  return absl::StrCat("  ", rest, ",\"pins\":[\n    ", pin, "\n    // ", kBackupRemark, "\n  ]}\n");
}

std::string NamesOf(const std::vector<std::string>& names) {
  return absl::StrJoin(names, ", ", [](std::string* out, const std::string& name) {
    absl::StrAppend(out, "\"", absl::CHexEscape(name), "\"");
  });
}

std::string RequestText(const Observation& seen) {
  if (!seen.asked_for_certificate) return "no certificate of ours";
  return absl::StrCat("our certificate",
                      seen.ca_names.empty() ? ", from any CA" : absl::StrCat(", issued by ", NamesOf(seen.ca_names)),
                      seen.showed_certificate ? "; it was shown" : "; none was shown");
}

std::string CertificateText(size_t index, const std::string& der, absl::Time now) {
  const absl::StatusOr<x509::Certificate> certificate = x509::Certificate::FromDer(der);
  if (!certificate.ok()) return absl::StrCat("  ", index, "  malformed: ", certificate.status().message(), "\n");
  const int64_t days = DaysLeft(*certificate, now);
  return absl::StrCat("  ", index, "  ", x509::ToPinText(certificate->spki_digest()), "\n     subject  \"",
                      certificate->subject(), "\"\n     issuer   \"", certificate->issuer(), "\"\n     names    ",
                      certificate->names().ToString(), "\n     valid    ", FormatRfc3339(certificate->not_before()),
                      " to ", FormatRfc3339(certificate->not_after()), ", ",
                      days < 0 ? "expired" : absl::StrCat(days, " days left"), "\n     key      ",
                      x509::KeyText(*certificate), "\n");
}

std::string Indented(const std::string& lines) {
  return absl::StrReplaceAll(absl::StripTrailingAsciiWhitespace(lines), {{"\n", "\n  "}});
}

Json PrintableNames(const std::vector<std::string>& names) {
  Json printable = Json::array();
  for (const std::string& name : names) printable.push_back(Printable(name));
  return printable;
}

Json CertificateJson(const std::string& der, absl::Time now) {
  const absl::StatusOr<x509::Certificate> certificate = x509::Certificate::FromDer(der);
  if (!certificate.ok()) return {{"malformed", std::string(certificate.status().message())}};
  Json names = Json::object();
  names["dns"] = PrintableNames(certificate->names().dns);
  names["uris"] = PrintableNames(certificate->names().uris);
  names["addresses"] = Json::array();
  for (const std::string& bytes : certificate->names().addresses) {
    names["addresses"].push_back(AddressText(bytes));
  }
  return {{"pin", x509::ToPinText(certificate->spki_digest())},
          {"subject", certificate->subject()},
          {"issuer", certificate->issuer()},
          {"names", names},
          {"not_before", FormatRfc3339(certificate->not_before())},
          {"not_after", FormatRfc3339(certificate->not_after())},
          {"days_left", DaysLeft(*certificate, now)},
          {"key", x509::KeyText(*certificate)}};
}

}  // namespace

std::string ProbeTable(const AskedServer& asked) {
  const Observation& seen = asked.seen;
  std::string out = absl::StrCat(OutcomeOf(asked), ": ", absl::CHexEscape(asked.target),
                                 seen.address.empty() ? "" : absl::StrCat(" at ", seen.address));
  if (asked.host + asked.target.substr(asked.target.rfind(':')) != asked.target) {
    absl::StrAppend(&out, " as ", absl::CHexEscape(asked.host));
  }
  absl::StrAppend(&out, "\n");
  if (seen.handshake_done) {
    absl::StrAppend(&out, "tls    ", seen.protocol, ", ", seen.cipher, seen.group.empty() ? "" : ", ", seen.group, ", ",
                    seen.alpn.empty() ? "no ALPN" : absl::StrCat("ALPN ", seen.alpn), "\n");
    absl::StrAppend(&out, "wants  ", RequestText(seen), "\n");
  }
  const std::vector<std::string> ders = DersOf(seen.presented);
  if (!ders.empty()) absl::StrAppend(&out, "chain, as presented\n");
  for (size_t i = 0; i < ders.size(); ++i) absl::StrAppend(&out, CertificateText(i, ders[i], asked.asked_at));
  if (asked.verdict.has_value()) {
    absl::StrAppend(&out, "we     ", Indented(VerdictTable(*asked.verdict)), "\n");
  } else if (!ders.empty()) {
    absl::StrAppend(&out, "we     nothing to judge by: give --roots and --pins, or --config\n");
  }
  absl::StrAppend(&out, "they   ", TheirDecision(seen), ": ", TheirWords(seen), "\n");
  const Json entry = PinSetEntry(asked);
  const bool is_listed = asked.verdict.has_value() && asked.verdict->matched.has_value();
  if (entry.is_null() || is_listed) return out;
  return absl::StrCat(out, "for a pin file, once you know by another way that the key is theirs:\n",
                      PinSetEntryText(entry));
}

std::string ProbeJson(const AskedServer& asked) {
  const Observation& seen = asked.seen;
  Json json;
  json["version"] = 1;
  json["target"] = asked.target;
  json["host"] = asked.host;
  json["address"] = seen.address;
  json["time"] = FormatRfc3339(asked.asked_at);
  json["outcome"] = OutcomeOf(asked);
  json["tls"] = nullptr;
  if (seen.handshake_done) {
    json["tls"] = {{"protocol", seen.protocol}, {"cipher", seen.cipher}, {"group", seen.group}, {"alpn", seen.alpn}};
  }
  json["would_speak"] = nullptr;
  if (seen.answer == Answer::kNoCommonTls) {
    const auto& other = seen.would_speak;
    json["would_speak"] = {{"protocol", other.protocol}, {"cipher", other.cipher}, {"group", other.group}};
  }
  json["client_certificate"] = {
      {"asked_for", seen.asked_for_certificate}, {"shown", seen.showed_certificate}, {"ca_names", seen.ca_names}};
  json["chain"] = Json::array();
  for (const std::string& der : DersOf(seen.presented)) json["chain"].push_back(CertificateJson(der, asked.asked_at));
  json["we"] = nullptr;
  if (asked.verdict.has_value()) json["we"] = VerdictObject(*asked.verdict);
  json["they"] = {{"decision", TheirDecision(seen)}, {"alert", seen.alert}, {"text", TheirWords(seen)}};
  json["pin_set_entry"] = PinSetEntry(asked);
  json["pin_set_entry_remark"] = kBackupRemark;
  return JsonText(json);
}

}  // namespace pinion::cli
