// Apple's property lists, as XML.
#ifndef PINION_TOOLS_PINION_FOREIGN_PINS_PLIST_H_
#define PINION_TOOLS_PINION_FOREIGN_PINS_PLIST_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/pinion/foreign_pins/foreign_pins.h"
#include "tools/pinion/foreign_pins/xml.h"

namespace pinion::cli {

// A dictionary's keys and values in order; the values are the element's own.
using PlistItems = std::vector<std::pair<std::string, const XmlElement*>>;

// InvalidArgument unless it is a <dict> of unique <key>s with one value each.
absl::StatusOr<PlistItems> DictItems(const XmlElement& element);

// The place of pins in a property list: a dictionary by domain, inside a dictionary.
struct PinnedDomains {
  std::string outer;
  std::string inner;
  std::string what;  // at least one of these must be in it, as in "there is no domain in it"
  absl::Status (*read)(const std::string& domain, const XmlElement& value, ForeignPins* pins);
};
// Reads each domain under `inner` in `outer`, or under `inner` itself if the text is that part only. A "k" before a key
// is ignored. InvalidArgument for other content; for a binary list, the error explains how to convert it to XML.
absl::StatusOr<ForeignPins> ParsePinnedDomains(absl::string_view text, absl::string_view file,
                                               const PinnedDomains& where);

// The values of an <array>, <true/> or <false/>, <string>; InvalidArgument for anything else.
absl::StatusOr<bool> PlistBool(const XmlElement& element);
absl::StatusOr<std::string> PlistString(const XmlElement& element);

// A property list of this dictionary of dictionaries; `domains` is the inner one's lines.
std::string WritePlist(absl::string_view outer, absl::string_view inner, absl::string_view domains);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_FOREIGN_PINS_PLIST_H_
