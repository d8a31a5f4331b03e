// Validates headers by the rules of HTTP/2.
#ifndef PINION_AUTHORIZATION_HEADER_FORM_H_
#define PINION_AUTHORIZATION_HEADER_FORM_H_

#include "absl/strings/string_view.h"

namespace pinion {

// Whether RFC 9113 §8.2.1 allows this header in a request: the name is not empty and is visible ASCII without
// upper-case letters and colons; the value has no NUL, CR or LF, unless the name ends in "-bin", which gRPC sends as
// base64. gRPC 1.51 passes other headers on unchanged: "Cookie" reaches a handler despite a rule on "cookie", and the
// handler may see a value as ending at its NUL while the rule does not. White space at the ends of a value is also
// forbidden but not checked here, since deny rules match without it (header_value.h).
bool IsWellFormedHeader(absl::string_view name, absl::string_view value);

}  // namespace pinion

#endif  // PINION_AUTHORIZATION_HEADER_FORM_H_
