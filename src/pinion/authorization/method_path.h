// The path of a gRPC call. Private to authorization/.
#ifndef PINION_AUTHORIZATION_METHOD_PATH_H_
#define PINION_AUTHORIZATION_METHOD_PATH_H_

#include "absl/strings/string_view.h"
#include "pinion/authorization/pattern.h"

namespace pinion {

// Whether it is "/SERVICE/METHOD" in visible ASCII, neither part empty, with no further slash, and without '%', '?',
// '#' and '\', which a proxy behind a generic handler might read in another way than the rules. Nothing is decoded:
// gRPC looks methods up by the bytes.
bool IsMethodPath(absl::string_view path);

// Whether there is a method path that the pattern matches.
bool CanMatchMethodPath(const Pattern& pattern);

}  // namespace pinion

#endif  // PINION_AUTHORIZATION_METHOD_PATH_H_
