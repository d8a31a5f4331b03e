// The grammar of the names that operators give to peers and fleets.
#ifndef PINION_FLEET_NAME_H_
#define PINION_FLEET_NAME_H_

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"

namespace pinion {

// Whether `text` is 1 to 63 characters of [A-Za-z0-9._-].
inline bool IsName(absl::string_view text) {
  constexpr size_t kMaxName = 63;
  return !text.empty() && text.size() <= kMaxName && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return absl::ascii_isalnum(c) || c == '.' || c == '_' || c == '-';
  });
}

}  // namespace pinion

#endif  // PINION_FLEET_NAME_H_
