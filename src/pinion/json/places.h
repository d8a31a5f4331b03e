// Finds the positions of the values in a JSON text, for editing an operator's file without changing the rest of it.
#ifndef PINION_JSON_PLACES_H_
#define PINION_JSON_PLACES_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace pinion::json {

// One value. Offsets are in bytes.
struct Place {
  // As in the errors of strict.h: "peers[0].pins[1].state"; "" for the whole document.
  std::string path;
  // The range of the value, including its quotes or brackets: [begin, end).
  size_t begin = 0;
  size_t end = 0;
  // The beginning of the member's key; equal to begin if there is no key, as in arrays.
  size_t item_begin = 0;
  bool is_string = false;
  // A string's content, or a number or keyword as written; empty for objects and arrays.
  std::string text;
};

// Returns all values, a container before its contents. The syntax is that of strict.h, without its rules about fields:
// a key may occur twice. Returns InvalidArgument "FILE:LINE:COLUMN: not JSON: ..."; file_name is only used in the
// error.
absl::StatusOr<std::vector<Place>> Places(absl::string_view text, absl::string_view file_name);

}  // namespace pinion::json

#endif  // PINION_JSON_PLACES_H_
