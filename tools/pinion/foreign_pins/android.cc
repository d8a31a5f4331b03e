#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "tools/pinion/foreign_pins/formats.h"
#include "tools/pinion/foreign_pins/xml.h"

namespace pinion::cli {
namespace {

using Entry = ForeignPins::Entry;

absl::StatusOr<Entry> ReadDomain(const XmlElement& domain) {
  Entry entry;
  entry.host = domain.text;
  const auto includes = domain.attributes.find("includeSubdomains");
  if (includes != domain.attributes.end()) {
    if (includes->second != "true" && includes->second != "false") {
      return domain.Error("includeSubdomains is neither true nor false");
    }
    entry.includes_subdomains = includes->second == "true";
  }
  if (domain.text.empty() || !domain.children.empty()) return domain.Error("expected a domain's name in it");
  return entry;
}

absl::StatusOr<std::vector<Pin>> ReadPinSet(const XmlElement& pin_set, std::vector<std::string>* remarks) {
  std::vector<Pin> pins;
  for (const XmlElement& child : pin_set.children) {
    const auto digest = child.attributes.find("digest");
    if (child.name != "pin" || digest == child.attributes.end() || digest->second != "SHA-256") {
      return child.Error("expected <pin digest=\"SHA-256\">");
    }
    const absl::StatusOr<Pin> pin = FromBareBase64(child.text);
    if (!pin.ok()) return child.Error(pin.status().message());
    pins.push_back(*pin);
  }
  if (pins.empty()) return pin_set.Error("there is no pin in it");
  const auto expiration = pin_set.attributes.find("expiration");
  if (expiration != pin_set.attributes.end()) {
    remarks->push_back(
        absl::StrCat("expiration ", absl::CHexEscape(expiration->second),
                     " is not imported: there, pinning is off from that day on; here it never is. Take it "
                     "as the day by which to rotate the keys"));
  }
  return pins;
}

// TrustKit-Android's: https://github.com/datatheorem/TrustKit-Android
void ReadTrustKit(const XmlElement& config, std::vector<std::string>* remarks) {
  for (const auto& [name, value] : config.attributes) {
    if (name == "enforcePinning" && value == "true") continue;
    remarks->push_back(absl::StrCat(
        absl::CHexEscape(name), "=", absl::CHexEscape(value), " of <trustkit-config> (", config.place,
        ") is not imported",
        name == "enforcePinning" ? ": the pins are enforced; report_only_until in the pin file needs an end" : ""));
  }
  for (const XmlElement& child : config.children) {
    remarks->push_back(absl::StrCat("<", absl::CHexEscape(child.name), "> of <trustkit-config> (", child.place,
                                    ") is not imported",
                                    child.name == "report-uri" ? ": refused handshakes are events and log lines" : ""));
  }
}

// Reads an element of <domain-config> other than domains and pins; false if it is unknown.
bool ReadOther(const XmlElement& child, std::vector<std::string>* remarks) {
  if (child.name == "trustkit-config") {
    ReadTrustKit(child, remarks);
    return true;
  }
  const bool is_transparency = child.name == "certificateTransparency";
  if (!is_transparency && child.name != "trust-anchors" && child.name != "domainEncryption") return false;
  remarks->push_back(absl::StrCat("<", child.name, "> (", child.place, ") is not imported",
                                  is_transparency ? ": Pinion does not look for certificates in public logs" : ""));
  return true;
}

absl::Status ReadDomainConfig(const XmlElement& config, ForeignPins* pins) {
  std::vector<Entry> entries;
  std::vector<Pin> pin_list;
  for (const auto& [name, value] : config.attributes) {
    pins->remarks.push_back(absl::StrCat(absl::CHexEscape(name), "=", absl::CHexEscape(value), " is not imported"));
  }
  for (const XmlElement& child : config.children) {
    if (child.name == "domain") {
      const absl::StatusOr<Entry> entry = ReadDomain(child);
      if (!entry.ok()) return entry.status();
      entries.push_back(*entry);
    } else if (child.name == "pin-set" && pin_list.empty()) {
      absl::StatusOr<std::vector<Pin>> read = ReadPinSet(child, &pins->remarks);
      if (!read.ok()) return read.status();
      pin_list = *std::move(read);
    } else if (!ReadOther(child, &pins->remarks)) {
      return child.Error(absl::StrCat("<", absl::CHexEscape(child.name),
                                      "> is not expected here; write nested or repeated parts as a <domain-config> of "
                                      "their own"));
    }
  }
  if (entries.empty()) return config.Error("there is no <domain> in it");
  if (pin_list.empty()) {
    pins->remarks.push_back(
        absl::StrCat("<domain-config> of ", absl::CHexEscape(entries[0].host), " has no pins, and is not imported"));
    for (const Entry& entry : entries) pins->unpinned.push_back(entry.host);
    return absl::OkStatus();
  }
  for (Entry& entry : entries) {
    entry.pins = pin_list;
    pins->entries.push_back(std::move(entry));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ForeignPins> ParseAndroid(absl::string_view text, absl::string_view file) {
  const absl::StatusOr<XmlElement> root = ParseXml(text, file);
  if (!root.ok()) return root.status();
  if (root->name != "network-security-config") return root->Error("expected <network-security-config>");
  ForeignPins pins;
  for (const XmlElement& child : root->children) {
    if (child.name == "domain-config") {
      if (absl::Status status = ReadDomainConfig(child, &pins); !status.ok()) return status;
    } else if (child.name == "base-config" || child.name == "debug-overrides") {
      pins.remarks.push_back(absl::StrCat("<", child.name, "> is not imported"));
    } else {
      return child.Error(absl::StrCat("<", absl::CHexEscape(child.name), "> is not expected here"));
    }
  }
  if (pins.entries.empty()) return root->Error("there is no <domain-config> with a <pin-set> in it");
  return pins;
}

std::string WriteAndroid(const std::vector<Entry>& entries) {
  std::string xml = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<network-security-config>\n";
  for (size_t i = 0; i < entries.size();) {
    absl::StrAppend(&xml, "  <domain-config>\n");
    const std::vector<Pin>& pins = entries[i].pins;
    for (; i < entries.size() && entries[i].pins == pins; ++i) {
      absl::StrAppend(&xml, "    <domain includeSubdomains=\"", entries[i].includes_subdomains ? "true" : "false",
                      "\">", XmlText(entries[i].host), "</domain>\n");
    }
    absl::StrAppend(&xml, "    <pin-set>\n");
    for (const Pin& pin : pins) {
      absl::StrAppend(&xml, "      <pin digest=\"SHA-256\">", BareBase64(pin), "</pin>\n");
    }
    absl::StrAppend(&xml, "    </pin-set>\n  </domain-config>\n");
  }
  return xml + "</network-security-config>\n";
}

}  // namespace pinion::cli
