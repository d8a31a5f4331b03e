#include "tools/pinion/placed_error.h"

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace pinion::cli {

PlacedError TakeApart(const std::string& file, const absl::Status& status) {
  absl::string_view rest = status.message();
  PlacedError error;
  if (absl::ConsumePrefix(&rest, absl::StrCat(file, ":"))) {
    const std::vector<absl::string_view> parts = absl::StrSplit(rest, absl::MaxSplits(':', 2));
    if (parts.size() == 3 && absl::SimpleAtoi(parts[0], &error.line) && absl::SimpleAtoi(parts[1], &error.column)) {
      rest = parts[2];
    }
  }
  error.text = std::string(absl::StripAsciiWhitespace(rest));
  return error;
}

}  // namespace pinion::cli
