#include "pinion/base/printable.h"

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace pinion {

std::string Printable(absl::string_view text) {
  std::string printable;
  printable.reserve(text.size());
  for (const char c : text) {
    if (absl::ascii_isprint(static_cast<unsigned char>(c))) {
      printable.push_back(c);
    } else if (c == '\n' || c == '\r' || c == '\t') {
      absl::StrAppend(&printable, c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t");
    } else {
      absl::StrAppend(&printable, "\\x", absl::BytesToHexString(absl::string_view(&c, 1)));
    }
  }
  return printable;
}

}  // namespace pinion
