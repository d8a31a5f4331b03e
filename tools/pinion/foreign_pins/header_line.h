// Finds the value of a Public-Key-Pins header: alone, after its name, or in a web server's configuration.
#ifndef PINION_TOOLS_PINION_FOREIGN_PINS_HEADER_LINE_H_
#define PINION_TOOLS_PINION_FOREIGN_PINS_HEADER_LINE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace pinion::cli {

struct HeaderLine {
  // The text with blanks in place of everything except the value, so that each byte of the value keeps its position.
  std::string value;
  // See ForeignPins::remarks.
  std::vector<std::string> remarks;
};

// Parses "VALUE", "Public-Key-Pins[-Report-Only]: VALUE", nginx's `add_header NAME "VALUE" [always];` and Apache's
// `Header [always|onsuccess] set NAME "VALUE" [CONDITION]`, with blank lines and # comments around it. InvalidArgument
// "FILE:LINE:COLUMN: what is wrong" for other directives.
absl::StatusOr<HeaderLine> FindHeader(absl::string_view text, absl::string_view file);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_FOREIGN_PINS_HEADER_LINE_H_
