// External text within an error message.
#ifndef PINION_BASE_QUOTED_H_
#define PINION_BASE_QUOTED_H_

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace pinion {

// In quotes and escaped; only the first 120 bytes.
inline std::string Quoted(absl::string_view text) {
  return absl::StrCat("\"", absl::CHexEscape(text.substr(0, 120)), "\"");
}

}  // namespace pinion

#endif  // PINION_BASE_QUOTED_H_
