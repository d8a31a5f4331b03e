// Reading a configuration file.
#ifndef PINION_BASE_FILE_H_
#define PINION_BASE_FILE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace pinion {

// The whole of a regular file of at most 64 MiB. NotFound, PermissionDenied or InvalidArgument with the path and the
// cause; never with a part of the contents. Does not wait on pipes or devices.
absl::StatusOr<std::string> ReadFile(const std::string& path);

// The same for what a command is given once, which may also be a pipe, a FIFO or "-" for the standard input: those are
// opened once and read to their end, and waited for. For tools; what a process watches is read with ReadFile.
absl::StatusOr<std::string> ReadInput(const std::string& path);

// `path` as seen from the folder that `file` is in; an absolute `path` stays as it is.
std::string RelativeTo(absl::string_view file, absl::string_view path);

}  // namespace pinion

#endif  // PINION_BASE_FILE_H_
