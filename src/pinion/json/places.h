// Where the values of a JSON text stand, for whoever changes a person's file and leaves the rest of it as it is.
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
  // Of the value, with its quotes or brackets: from begin, before end.
  size_t begin = 0;
  size_t end = 0;
  // Where the member's key begins; begin where there is none, as in arrays.
  size_t item_begin = 0;
  bool is_string = false;
  // A string's content, a number or a word as written; nothing for objects and arrays.
  std::string text;
};

// Every value, a container before what is in it. JSON as in strict.h, without its rules about fields: a key may stand
// twice. InvalidArgument "FILE:LINE:COLUMN: not JSON: ..."; file_name is for that alone.
absl::StatusOr<std::vector<Place>> Places(absl::string_view text, absl::string_view file_name);

}  // namespace pinion::json

#endif  // PINION_JSON_PLACES_H_
