// Escapes untrusted text for terminals and log lines.
#ifndef PINION_BASE_PRINTABLE_H_
#define PINION_BASE_PRINTABLE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace pinion {

// Returns the text as one line of printable ASCII: line ends and tabs become \n, \r and \t; every other byte outside of
// the printable range becomes \xHH. Quotes and backslashes are unchanged, so printable text is returned unchanged and
// escaping is idempotent.
std::string Printable(absl::string_view text);

}  // namespace pinion

#endif  // PINION_BASE_PRINTABLE_H_
