// Takes DER apart and puts it together again, for certificates that no issuer would create.
#ifndef PINION_TESTS_CASES_DER_H_
#define PINION_TESTS_CASES_DER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace pinion::testing::der {

// An element of this tag and content.
std::string Element(uint8_t tag, absl::string_view content);

// The elements of a constructed one, each with its header. Aborts the test when they are not DER of definite length.
std::vector<std::string> Parts(absl::string_view element);

// `element` with the part at `path` (0 is the first part, {0, 2} the third part of that) replaced; an empty path is the
// element itself. Aborts the test when there is no such part.
std::string Replaced(absl::string_view element, const std::vector<size_t>& path, absl::string_view with);

}  // namespace pinion::testing::der

#endif  // PINION_TESTS_CASES_DER_H_
