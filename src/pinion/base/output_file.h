// Creates and replaces files.
#ifndef PINION_BASE_OUTPUT_FILE_H_
#define PINION_BASE_OUTPUT_FILE_H_

#include <sys/types.h>

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace pinion {

// A file that this process wrote. It is kept open, so that no other file gets its inode number.
class WrittenFile {
 public:
  WrittenFile() = default;
  explicit WrittenFile(int fd) : fd_(fd) {}
  ~WrittenFile();
  WrittenFile(WrittenFile&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  WrittenFile& operator=(WrittenFile&& other) noexcept;

  // Whether `path` is this file, without following links.
  bool IsAt(const std::string& path) const;

 private:
  int fd_ = -1;
};

// Creates a file with these contents. AlreadyExists if there is a file or link, which is left unchanged. Unavailable if
// the file cannot be written; then no file remains.
absl::Status WriteNewFile(const std::string& path, const std::string& contents, mode_t mode);

// OK if `path` is a regular file or does not exist. FailedPrecondition if it is a link, a device, a pipe or a folder.
absl::Status CheckRegularOrMissing(const std::string& path);

struct Replacement {
  // The mode of a new file. A replaced file keeps its mode and owner, unless `keeps_owner` is false.
  mode_t mode = 0644;
  // If set, only a file with these contents is replaced.
  std::optional<std::string> expected;
  // Whether the file must survive a power failure.
  bool is_durable = false;
  bool keeps_owner = true;
};

// Replaces the contents of the file at `path` atomically: readers see either the old or the new contents. A file that
// already has them is left alone. FailedPrecondition as from CheckRegularOrMissing; Aborted if its contents are not the
// expected ones; PermissionDenied or Unavailable if it cannot be written. On error the file is unchanged. The new file
// is first written beside it under a random unused name.
absl::StatusOr<WrittenFile> ReplaceFile(const std::string& path, const std::string& contents,
                                        const Replacement& replacement = {});

}  // namespace pinion

#endif  // PINION_BASE_OUTPUT_FILE_H_
