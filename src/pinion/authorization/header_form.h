// Which headers HTTP/2 allows.
#ifndef PINION_AUTHORIZATION_HEADER_FORM_H_
#define PINION_AUTHORIZATION_HEADER_FORM_H_

#include "absl/strings/string_view.h"

namespace pinion {

// Whether a request may carry this header by RFC 9113 §8.2.1: its name is not empty, and is visible ASCII without
// upper-case letters and colons; its value has no NUL, CR or LF, unless the name ends in "-bin", which gRPC sends as
// base64. gRPC 1.51 passes other headers on as they are, so that "Cookie" reaches a handler beside a rule on "cookie",
// and a value that ends at its NUL for the handler does not for the rule. White space at a value's ends is forbidden,
// too, but not looked at here: deny rules match without it (header_value.h).
bool IsWellFormedHeader(absl::string_view name, absl::string_view value);

}  // namespace pinion

#endif  // PINION_AUTHORIZATION_HEADER_FORM_H_
