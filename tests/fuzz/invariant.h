// What fuzz targets say of an input.
#ifndef PINION_TESTS_FUZZ_INVARIANT_H_
#define PINION_TESTS_FUZZ_INVARIANT_H_

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace pinion::fuzz {

// Says what should have held, and aborts, unless it holds. `shown` helps to see why.
void Require(bool holds, absl::string_view invariant, absl::string_view shown = "");

// Printable ASCII, and newlines where those are part of the text.
void RequirePrintable(absl::string_view text);
// InvalidArgument with printable text that begins with a place, "FILE:LINE:COLUMN: ".
void RequirePlacedError(const absl::Status& status, absl::string_view file);

// To be told of each input once, so that a target that only ever refuses shows: whether it was let through. When the
// process ends, it writes "accepted: N of M" to stderr.
void CountInput(bool accepted);
size_t AcceptedInputs();

}  // namespace pinion::fuzz

#endif  // PINION_TESTS_FUZZ_INVARIANT_H_
