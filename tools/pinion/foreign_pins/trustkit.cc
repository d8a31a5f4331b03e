#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "tools/pinion/foreign_pins/formats.h"
#include "tools/pinion/foreign_pins/plist.h"

namespace pinion::cli {
namespace {

absl::StatusOr<std::vector<Pin>> ReadHashes(const XmlElement& array) {
  if (array.name != "array") return array.Error("expected an <array>");
  std::vector<Pin> pins;
  for (const XmlElement& element : array.children) {
    const absl::StatusOr<std::string> text = PlistString(element);
    if (!text.ok()) return text.status();
    const absl::StatusOr<Pin> pin = FromBareBase64(*text);
    if (!pin.ok()) return element.Error(pin.status().message());
    pins.push_back(*pin);
  }
  return pins;
}

std::string NotImported(absl::string_view key, absl::string_view domain, absl::string_view why) {
  return absl::StrCat(absl::CHexEscape(key), " of ", absl::CHexEscape(domain), " is not imported", why);
}

// Keys that only change what is pinned, or its end, become remarks. Keys that exclude a host from pinning are refused.
absl::Status ReadOther(absl::string_view key, const XmlElement& value, const std::string& domain, ForeignPins* pins) {
  if (key == "TSKExpirationDate") {
    pins->remarks.push_back(
        NotImported(key, domain,
                    absl::StrCat(" (", absl::CHexEscape(value.text),
                                 "): there, pinning is off from that day on; here it never is. Take "
                                 "it as the day by which to rotate the keys")));
  } else if (key == "TSKEnforcePinning") {
    const absl::StatusOr<bool> enforce = PlistBool(value);
    if (!enforce.ok()) return enforce.status();
    if (*enforce) return absl::OkStatus();
    pins->remarks.push_back(
        NotImported(key, domain, " (false): the pins are enforced; report_only_until in the pin file needs an end"));
  } else {
    pins->remarks.push_back(NotImported(key, domain, ""));
  }
  return absl::OkStatus();
}

absl::Status ReadDomain(const std::string& domain, const XmlElement& element, ForeignPins* pins) {
  const absl::StatusOr<PlistItems> items = DictItems(element);
  if (!items.ok()) return items.status();
  ForeignPins::Entry entry;
  entry.host = domain;
  bool is_excluded = false;
  for (const auto& [name, value] : *items) {
    const absl::string_view key = absl::StripPrefix(name, "k");
    if (key == "TSKIncludeSubdomains") {
      const absl::StatusOr<bool> includes = PlistBool(*value);
      if (!includes.ok()) return includes.status();
      entry.includes_subdomains = *includes;
    } else if (key == "TSKExcludeSubdomainFromParentPolicy") {
      const absl::StatusOr<bool> excludes = PlistBool(*value);
      if (!excludes.ok()) return excludes.status();
      is_excluded = *excludes;
    } else if (key == "TSKPublicKeyHashes") {
      absl::StatusOr<std::vector<Pin>> read = ReadHashes(*value);
      if (!read.ok()) return read.status();
      entry.pins = *std::move(read);
    } else if (absl::Status status = ReadOther(key, *value, domain, pins); !status.ok()) {
      return status;
    }
  }
  if (is_excluded && !entry.pins.empty()) {
    return element.Error("TSKExcludeSubdomainFromParentPolicy excludes a domain that has pins; remove one of the two");
  }
  if (entry.pins.empty()) {
    pins->unpinned.push_back(domain);
    pins->remarks.push_back(absl::StrCat(absl::CHexEscape(domain), " has no pins, and is not imported"));
  } else {
    pins->entries.push_back(std::move(entry));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ForeignPins> ParseTrustKit(absl::string_view text, absl::string_view file) {
  return ParsePinnedDomains(text, file,
                            {"TSKConfiguration", "TSKPinnedDomains", "domain with TSKPublicKeyHashes", ReadDomain});
}

std::string WriteTrustKit(const std::vector<ForeignPins::Entry>& entries) {
  std::string domains;
  for (const ForeignPins::Entry& entry : entries) {
    absl::StrAppend(&domains, "      <key>", XmlText(entry.host), "</key>\n      <dict>\n",
                    "        <key>TSKEnforcePinning</key>\n        <true/>\n",
                    "        <key>TSKIncludeSubdomains</key>\n        <", entry.includes_subdomains ? "true" : "false",
                    "/>\n        <key>TSKPublicKeyHashes</key>\n        <array>\n");
    for (const Pin& pin : entry.pins) {
      absl::StrAppend(&domains, "          <string>", BareBase64(pin), "</string>\n");
    }
    absl::StrAppend(&domains, "        </array>\n      </dict>\n");
  }
  return WritePlist("TSKConfiguration", "TSKPinnedDomains", domains);
}

}  // namespace pinion::cli
