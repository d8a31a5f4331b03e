// An error of a loader, taken apart.
#ifndef PINION_TOOLS_PINION_PLACED_ERROR_H_
#define PINION_TOOLS_PINION_PLACED_ERROR_H_

#include <string>

#include "absl/status/status.h"

namespace pinion::cli {

struct PlacedError {
  int line = 0;  // 0: none was given
  int column = 0;
  std::string text;
};

// Of "FILE:LINE:COLUMN: TEXT"; all of an error that does not begin so is text.
PlacedError TakeApart(const std::string& file, const absl::Status& status);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_PLACED_ERROR_H_
