// Quotes external text for an error message.
#ifndef PINION_BASE_QUOTED_H_
#define PINION_BASE_QUOTED_H_

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace pinion {

// Returns the first 120 bytes, escaped and in quotes.
inline std::string Quoted(absl::string_view text) {
  return absl::StrCat("\"", absl::CHexEscape(text.substr(0, 120)), "\"");
}

}  // namespace pinion

#endif  // PINION_BASE_QUOTED_H_
