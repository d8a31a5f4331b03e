// Reads files.
#ifndef PINION_BASE_FILE_H_
#define PINION_BASE_FILE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace pinion {

// Returns the contents of a regular file of at most 64 MiB. Returns NotFound, PermissionDenied or InvalidArgument with
// the path and the cause, but never with a part of the contents. Does not wait on pipes or devices.
absl::StatusOr<std::string> ReadFile(const std::string& path);

// The same for an input of a command, which may also be a pipe, a FIFO or "-" for the standard input; these are opened
// once and read to their end, which may block. For tools. Use ReadFile for files that a process watches.
absl::StatusOr<std::string> ReadInput(const std::string& path);

// The target of the links at `path`; `path` itself if it does not exist.
std::string ResolveLinks(const std::string& path);

// Resolves `path` relative to the folder of `file`; an absolute `path` is returned unchanged.
std::string RelativeTo(absl::string_view file, absl::string_view path);

}  // namespace pinion

#endif  // PINION_BASE_FILE_H_
