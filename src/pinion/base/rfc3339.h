// Times in files and on command lines.
#ifndef PINION_BASE_RFC3339_H_
#define PINION_BASE_RFC3339_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace pinion {

// Parses an RFC 3339 text such as "2026-12-01T00:00:00Z", with the field widths that the RFC defines; empty for any
// other text.
std::optional<absl::Time> ParseRfc3339(absl::string_view text);

// In UTC and whole seconds: "2026-12-01T00:00:00Z".
std::string FormatRfc3339(absl::Time time);
// The same with microseconds: "2026-12-01T00:00:00.000000Z".
std::string FormatRfc3339Micros(absl::Time time);

}  // namespace pinion

#endif  // PINION_BASE_RFC3339_H_
