// External text within an error message. Private to authorization/.
#ifndef PINION_AUTHORIZATION_QUOTED_H_
#define PINION_AUTHORIZATION_QUOTED_H_

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

#endif  // PINION_AUTHORIZATION_QUOTED_H_
