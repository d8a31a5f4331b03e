// Reads foreign pins into lines of text, to compare them in the tests of the formats.
#ifndef PINION_TESTS_CLI_FOREIGN_PINS_TEXT_H_
#define PINION_TESTS_CLI_FOREIGN_PINS_TEXT_H_

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tools/pinion/foreign_pins/foreign_pins.h"

namespace pinion::cli {

inline constexpr absl::string_view kA = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
inline constexpr absl::string_view kB = "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA=";

inline absl::StatusOr<ForeignPins> Parse(absl::string_view format, const std::string& text) {
  return FindFormat(format)->parse(text, "f");
}

// "HOST[+]: BASE64 BASE64" for each entry, then the remarks; or the error.
inline std::string Read(absl::string_view format, const std::string& text) {
  const absl::StatusOr<ForeignPins> pins = Parse(format, text);
  if (!pins.ok()) return std::string(pins.status().message());
  std::vector<std::string> lines;
  for (const ForeignPins::Entry& entry : pins->entries) {
    lines.push_back(absl::StrCat(entry.host, entry.includes_subdomains ? "+" : "", ":",
                                 absl::StrJoin(entry.pins, "", [](std::string* out, const Pin& pin) {
                                   absl::StrAppend(out, pin.kind == PinKind::kSpki ? " " : " issuer ",
                                                   BareBase64(pin).substr(0, 1));
                                 })));
  }
  lines.insert(lines.end(), pins->remarks.begin(), pins->remarks.end());
  return absl::StrJoin(lines, "\n");
}

inline std::string Quoted(absl::string_view base64) { return absl::StrCat("\"sha256/", base64, "\""); }

}  // namespace pinion::cli

#endif  // PINION_TESTS_CLI_FOREIGN_PINS_TEXT_H_
