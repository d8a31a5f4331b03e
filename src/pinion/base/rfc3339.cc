#include "pinion/base/rfc3339.h"

#include "absl/strings/ascii.h"

namespace pinion {
namespace {

// absl also accepts "2026-1-1", "+01" and "infinite-future", and stops at a NUL.
bool HasRfc3339Shape(absl::string_view text) {
  constexpr absl::string_view kDateAndTime = "0000-00-00T00:00:00";
  if (text.size() <= kDateAndTime.size() || text.find_first_not_of("0123456789-+:.TZz") != text.npos) return false;
  for (size_t i = 0; i < kDateAndTime.size(); ++i) {
    if ((kDateAndTime[i] == '0') != (absl::ascii_isdigit(text[i]) != 0)) return false;
  }
  const size_t offset = text.find_first_of("+-", kDateAndTime.size());
  return offset == absl::string_view::npos || (text.size() - offset == 6 && text[offset + 3] == ':');
}

}  // namespace

std::optional<absl::Time> ParseRfc3339(absl::string_view text) {
  absl::Time time;
  if (!HasRfc3339Shape(text) || !absl::ParseTime(absl::RFC3339_full, text, &time, nullptr)) return std::nullopt;
  return time;
}

std::string FormatRfc3339(absl::Time time) {
  return absl::FormatTime("%E4Y-%m-%d%ET%H:%M:%SZ", time, absl::UTCTimeZone());
}

std::string FormatRfc3339Micros(absl::Time time) {
  return absl::FormatTime("%E4Y-%m-%d%ET%H:%M:%E6SZ", time, absl::UTCTimeZone());
}

}  // namespace pinion
