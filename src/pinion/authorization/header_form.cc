#include "pinion/authorization/header_form.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace pinion {

bool IsWellFormedHeader(absl::string_view name, absl::string_view value) {
  const bool is_name = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_isgraph(c) && !absl::ascii_isupper(c) && c != ':';
  });
  return is_name && (absl::EndsWith(name, "-bin") ||
                     value.find_first_of(absl::string_view("\0\r\n", 3)) == absl::string_view::npos);
}

}  // namespace pinion
