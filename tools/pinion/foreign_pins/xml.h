// XML as a tree, read by expat.
#ifndef PINION_TOOLS_PINION_FOREIGN_PINS_XML_H_
#define PINION_TOOLS_PINION_FOREIGN_PINS_XML_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace pinion::cli {

struct XmlElement {
  std::string name;
  std::map<std::string, std::string> attributes;
  // All text directly inside the element, without surrounding white space.
  std::string text;
  std::vector<XmlElement> children;
  // "FILE:LINE:COLUMN" of its start tag.
  std::string place;

  // "PLACE: MESSAGE".
  absl::Status Error(absl::string_view message) const;
};

// Returns the root. InvalidArgument for text that is not well-formed, is nested deeper than 64 levels, or defines or
// skips entities.
absl::StatusOr<XmlElement> ParseXml(absl::string_view text, absl::string_view file);

// The text with <, >, & and quotes escaped.
std::string XmlText(absl::string_view text);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_FOREIGN_PINS_XML_H_
