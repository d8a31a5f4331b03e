// Text of anybody's as a JSON string.
#ifndef PINION_JSON_STRING_LITERAL_H_
#define PINION_JSON_STRING_LITERAL_H_

#include <string>

#include "absl/strings/string_view.h"

namespace pinion::json {

// In quotes, in printable ASCII alone, whatever the bytes: what is not is \uXXXX, in pairs above U+FFFF. Bytes that are
// not UTF-8 (RFC 3629) stand as \u00XX each.
std::string StringLiteral(absl::string_view text);

}  // namespace pinion::json

#endif  // PINION_JSON_STRING_LITERAL_H_
