// Invariants of fuzz targets.
#ifndef PINION_TESTS_FUZZ_INVARIANT_H_
#define PINION_TESTS_FUZZ_INVARIANT_H_

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace pinion::fuzz {

// Unless `holds`, prints the invariant and aborts. `shown` is printed with it.
void Require(bool holds, absl::string_view invariant, absl::string_view shown = "");

// Requires printable ASCII; newlines are allowed.
void RequirePrintable(absl::string_view text);
// Requires InvalidArgument with printable text that begins with a place, "FILE:LINE:COLUMN: ".
void RequirePlacedError(const absl::Status& status, absl::string_view file);

// Called once for each input, with whether it was accepted, so that a target that only refuses is noticed. When the
// process ends, it writes "accepted: N of M" to stderr.
void CountInput(bool accepted);
size_t AcceptedInputs();

}  // namespace pinion::fuzz

#endif  // PINION_TESTS_FUZZ_INVARIANT_H_
