// An error of a loader, split into its parts.
#ifndef PINION_TOOLS_PINION_PLACED_ERROR_H_
#define PINION_TOOLS_PINION_PLACED_ERROR_H_

#include <string>

#include "absl/status/status.h"

namespace pinion::cli {

struct PlacedError {
  int line = 0;  // 0: none
  int column = 0;
  std::string text;
};

// Splits "FILE:LINE:COLUMN: TEXT"; an error in another form is all text.
PlacedError TakeApart(const std::string& file, const absl::Status& status);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_PLACED_ERROR_H_
