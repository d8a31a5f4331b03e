// The path of a gRPC call. Private to authorization/.
#ifndef PINION_AUTHORIZATION_METHOD_PATH_H_
#define PINION_AUTHORIZATION_METHOD_PATH_H_

#include "absl/strings/string_view.h"
#include "pinion/authorization/pattern.h"

namespace pinion {

// Whether it is "/SERVICE/METHOD" in visible ASCII, with non-empty parts, without another slash, and without '%', '?',
// '#' and '\', which a proxy behind a generic handler might interpret differently from the rules. Nothing is decoded,
// since gRPC looks up methods by their bytes.
bool IsMethodPath(absl::string_view path);

// Whether there is a method path that the pattern matches.
bool CanMatchMethodPath(const Pattern& pattern);

}  // namespace pinion

#endif  // PINION_AUTHORIZATION_METHOD_PATH_H_
