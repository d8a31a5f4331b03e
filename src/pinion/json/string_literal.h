// Encodes untrusted text as a JSON string.
#ifndef PINION_JSON_STRING_LITERAL_H_
#define PINION_JSON_STRING_LITERAL_H_

#include <string>

#include "absl/strings/string_view.h"

namespace pinion::json {

// Returns the text in quotes, in printable ASCII only, for any bytes: other characters are written as \uXXXX, with
// surrogate pairs above U+FFFF. Each byte that is not UTF-8 (RFC 3629) is written as \u00XX.
std::string StringLiteral(absl::string_view text);

}  // namespace pinion::json

#endif  // PINION_JSON_STRING_LITERAL_H_
