#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "tools/pinion/foreign_pins/formats.h"
#include "tools/pinion/foreign_pins/plist.h"

namespace pinion::cli {
namespace {

constexpr char kDigest[] = "SPKI-SHA256-BASE64";

// An array of {SPKI-SHA256-BASE64: ...}.
absl::StatusOr<std::vector<Pin>> ReadIdentities(const XmlElement& array, PinKind kind) {
  if (array.name != "array") return array.Error("expected an <array>");
  std::vector<Pin> pins;
  for (const XmlElement& element : array.children) {
    const absl::StatusOr<PlistItems> items = DictItems(element);
    if (!items.ok()) return items.status();
    if (items->size() != 1 || items->front().first != kDigest) {
      return element.Error(absl::StrCat("expected ", kDigest, " and nothing else"));
    }
    const XmlElement& value = *items->front().second;
    const absl::StatusOr<std::string> text = PlistString(value);
    if (!text.ok()) return text.status();
    const absl::StatusOr<Pin> pin = FromBareBase64(*text);
    if (!pin.ok()) return value.Error(pin.status().message());
    pins.push_back({kind, pin->digest});
  }
  return pins;
}

absl::Status ReadDomain(const std::string& domain, const XmlElement& element, ForeignPins* pins) {
  const absl::StatusOr<PlistItems> items = DictItems(element);
  if (!items.ok()) return items.status();
  ForeignPins::Entry entry;
  entry.host = domain;
  std::vector<Pin> issuers;
  for (const auto& [key, value] : *items) {
    if (key == "NSIncludesSubdomains") {
      const absl::StatusOr<bool> includes = PlistBool(*value);
      if (!includes.ok()) return includes.status();
      entry.includes_subdomains = *includes;
    } else if (key == "NSPinnedLeafIdentities" || key == "NSPinnedCAIdentities") {
      const bool is_leaf = key == "NSPinnedLeafIdentities";
      absl::StatusOr<std::vector<Pin>> read = ReadIdentities(*value, is_leaf ? PinKind::kSpki : PinKind::kIssuerSpki);
      if (!read.ok()) return read.status();
      (is_leaf ? entry.pins : issuers) = *std::move(read);
    } else {
      return value->Error(absl::StrCat("\"", absl::CHexEscape(key), "\" is not known here"));
    }
  }
  if (entry.pins.empty()) {
    entry.pins = issuers;
  } else if (!issuers.empty()) {
    pins->remarks.push_back(
        absl::StrCat("NSPinnedCAIdentities of ", absl::CHexEscape(domain),
                     " is not imported: there both it and a leaf must match, and in a pin file either "
                     "would do"));
  }
  if (entry.pins.empty()) return element.Error("there is no pin in it");
  pins->entries.push_back(std::move(entry));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ForeignPins> ParseApple(absl::string_view text, absl::string_view file) {
  return ParsePinnedDomains(text, file, {"NSAppTransportSecurity", "NSPinnedDomains", "domain", ReadDomain});
}

std::string WriteApple(const std::vector<ForeignPins::Entry>& entries) {
  std::string domains;
  for (const ForeignPins::Entry& entry : entries) {
    absl::StrAppend(&domains, "      <key>", XmlText(entry.host), "</key>\n      <dict>\n",
                    "        <key>NSIncludesSubdomains</key>\n        <", entry.includes_subdomains ? "true" : "false",
                    "/>\n        <key>",
                    entry.pins[0].kind == PinKind::kSpki ? "NSPinnedLeafIdentities" : "NSPinnedCAIdentities",
                    "</key>\n        <array>\n");
    for (const Pin& pin : entry.pins) {
      absl::StrAppend(&domains, "          <dict>\n            <key>", kDigest, "</key>\n            <string>",
                      BareBase64(pin), "</string>\n          </dict>\n");
    }
    absl::StrAppend(&domains, "        </array>\n      </dict>\n");
  }
  return WritePlist("NSAppTransportSecurity", "NSPinnedDomains", domains);
}

}  // namespace pinion::cli
