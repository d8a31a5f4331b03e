// Files that the tool makes.
#ifndef PINION_TOOLS_PINION_OUTPUT_FILE_H_
#define PINION_TOOLS_PINION_OUTPUT_FILE_H_

#include <sys/types.h>

#include <string>

#include "absl/status/status.h"

namespace pinion::cli {

// Makes a file with these contents. AlreadyExists where there is one, or a link: it is left as it is. Unavailable where
// it cannot be written; then there is none.
absl::Status WriteNewFile(const std::string& path, const std::string& contents, mode_t mode);

// The file comes to have these contents in one step; left alone where it has them. Unavailable where that fails.
absl::Status ReplaceFile(const std::string& path, const std::string& contents, mode_t mode);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_OUTPUT_FILE_H_
