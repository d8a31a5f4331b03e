// Validates the header keys of a policy. Private to authorization/.
#ifndef PINION_AUTHORIZATION_HEADER_KEY_H_
#define PINION_AUTHORIZATION_HEADER_KEY_H_

#include <string>

#include "absl/strings/string_view.h"

namespace pinion {

// Returns "problem; next step"; empty if the key is valid.
std::string ErrorInHeaderKey(absl::string_view key);

}  // namespace pinion

#endif  // PINION_AUTHORIZATION_HEADER_KEY_H_
