#include "tools/pinion/foreign_pins/plist.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace pinion::cli {
namespace {

const XmlElement* Find(const PlistItems& items, const std::string& key) {
  const auto found = std::find_if(items.begin(), items.end(),
                                  [&key](const auto& item) { return item.first == key || item.first == "k" + key; });
  return found == items.end() ? nullptr : found->second;
}

// The root value, without the <plist> around it.
absl::StatusOr<XmlElement> ParsePlist(absl::string_view text, absl::string_view file) {
  if (absl::StartsWith(text, "bplist")) {
    return absl::InvalidArgumentError(
        absl::StrCat(file, ": a binary property list; make XML of it first: plutil -convert xml1"));
  }
  absl::StatusOr<XmlElement> root = ParseXml(text, file);
  if (!root.ok() || root->name != "plist") return root;
  if (root->children.size() != 1) return root->Error("expected one value in <plist>");
  return XmlElement(root->children.front());
}

absl::StatusOr<const XmlElement*> FindPinnedDomains(const XmlElement& root, const std::string& outer,
                                                    const std::string& inner) {
  absl::StatusOr<PlistItems> items = DictItems(root);
  if (!items.ok()) return items.status();
  if (const XmlElement* const found = Find(*items, outer); found != nullptr) {
    items = DictItems(*found);
    if (!items.ok()) return items.status();
  }
  if (const XmlElement* const found = Find(*items, inner); found != nullptr) return found;
  return root.Error(absl::StrCat("there is no ", inner, " in it"));
}

}  // namespace

absl::StatusOr<PlistItems> DictItems(const XmlElement& element) {
  if (element.name != "dict" || !element.text.empty()) return element.Error("expected a <dict>");
  PlistItems items;
  for (size_t i = 0; i < element.children.size(); i += 2) {
    const XmlElement& key = element.children[i];
    if (key.name != "key" || !key.children.empty()) return key.Error("expected a <key>");
    if (i + 1 == element.children.size()) return key.Error("this key has no value");
    if (Find(items, key.text) != nullptr) return key.Error("the key occurs twice");
    items.emplace_back(key.text, &element.children[i + 1]);
  }
  return items;
}

absl::StatusOr<ForeignPins> ParsePinnedDomains(absl::string_view text, absl::string_view file,
                                               const PinnedDomains& where) {
  const absl::StatusOr<XmlElement> root = ParsePlist(text, file);
  if (!root.ok()) return root.status();
  const absl::StatusOr<const XmlElement*> domains = FindPinnedDomains(*root, where.outer, where.inner);
  if (!domains.ok()) return domains.status();
  const absl::StatusOr<PlistItems> items = DictItems(**domains);
  if (!items.ok()) return items.status();
  ForeignPins pins;
  for (const auto& [domain, element] : *items) {
    if (absl::Status status = where.read(domain, *element, &pins); !status.ok()) return status;
  }
  if (pins.entries.empty()) return (*domains)->Error(absl::StrCat("there is no ", where.what, " in it"));
  return pins;
}

absl::StatusOr<bool> PlistBool(const XmlElement& element) {
  if (element.name == "true") return true;
  if (element.name == "false") return false;
  return element.Error("expected <true/> or <false/>");
}

absl::StatusOr<std::string> PlistString(const XmlElement& element) {
  if (element.name != "string" || !element.children.empty()) return element.Error("expected a <string>");
  return element.text;
}

std::string WritePlist(absl::string_view outer, absl::string_view inner, absl::string_view domains) {
  return absl::StrCat(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n"
      "<plist version=\"1.0\">\n<dict>\n  <key>",
      outer, "</key>\n  <dict>\n    <key>", inner, "</key>\n    <dict>\n", domains,
      "    </dict>\n  </dict>\n</dict>\n</plist>\n");
}

}  // namespace pinion::cli
