// Text from somewhere else, made safe for a terminal, a log line and a JSON string.
#ifndef PINION_BASE_PRINTABLE_H_
#define PINION_BASE_PRINTABLE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace pinion {

// The text on one line of printable ASCII: line ends and tabs become \n, \r and \t, every other byte outside of ASCII's
// printable range becomes \xHH. Quotes and backslashes stay, so text that is printable already is unchanged, and
// escaping twice is escaping once.
std::string Printable(absl::string_view text);

}  // namespace pinion

#endif  // PINION_BASE_PRINTABLE_H_
