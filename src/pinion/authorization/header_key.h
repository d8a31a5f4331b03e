// Which headers a policy may ask for. Private to authorization/.
#ifndef PINION_AUTHORIZATION_HEADER_KEY_H_
#define PINION_AUTHORIZATION_HEADER_KEY_H_

#include <string>

#include "absl/strings/string_view.h"

namespace pinion {

// "What is wrong; what to do"; empty when all is well.
std::string ErrorInHeaderKey(absl::string_view key);

}  // namespace pinion

#endif  // PINION_AUTHORIZATION_HEADER_KEY_H_
