// Replacing a file's contents so that no reader ever sees a part of them.
#ifndef PINION_TOOLS_PINION_PIN_FILE_REPLACE_FILE_H_
#define PINION_TOOLS_PINION_PIN_FILE_REPLACE_FILE_H_

#include <string>

#include "absl/status/status.h"

namespace pinion::cli {

// Writes a new file beside the one at `path` (or that a link there leads to), with its mode and owner, syncs it, and
// renames it over. Aborted when the file no longer holds `expected`, for somebody else has changed it; PermissionDenied
// or Unavailable with the cause when it cannot be written. In each case the file is as it was.
absl::Status ReplaceFile(const std::string& path, const std::string& expected, const std::string& contents);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_PIN_FILE_REPLACE_FILE_H_
