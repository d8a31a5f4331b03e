// Files that the tool makes and replaces.
#ifndef PINION_TOOLS_PINION_OUTPUT_FILE_OUTPUT_FILE_H_
#define PINION_TOOLS_PINION_OUTPUT_FILE_OUTPUT_FILE_H_

#include <sys/types.h>

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace pinion::cli {

// A file that was written here. Holds it open, so that no other file gets its inode's number.
class WrittenFile {
 public:
  WrittenFile() = default;
  explicit WrittenFile(int fd) : fd_(fd) {}
  ~WrittenFile();
  WrittenFile(WrittenFile&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  WrittenFile& operator=(WrittenFile&& other) noexcept;

  // Whether `path` itself, not a link there, is this file.
  bool IsAt(const std::string& path) const;

 private:
  int fd_ = -1;
};

// Makes a file with these contents. AlreadyExists where there is one, or a link: it is left as it is. Unavailable where
// it cannot be written; then there is none.
absl::Status WriteNewFile(const std::string& path, const std::string& contents, mode_t mode);

// OK where a regular file is at `path`, or nothing. FailedPrecondition where it is a link, a device, a pipe or a
// folder.
absl::Status CheckRegularOrMissing(const std::string& path);

struct Replacement {
  // Of a file that is made. One that is replaced passes on its mode and owner.
  mode_t mode = 0644;
  // Replaces nothing but a file with these contents.
  std::optional<std::string> expected;
  // Whether the file must outlast a loss of power.
  bool is_durable = false;
};

// Gives the file at `path` these contents in one step: readers see the old ones or the new ones, whole. A file that has
// them is left alone. FailedPrecondition as from CheckRegularOrMissing; Aborted where it does not hold what is
// expected; PermissionDenied or Unavailable where it cannot be written. In each case it stays as it was. The new file
// is written beside it under a random name that did not exist.
absl::StatusOr<WrittenFile> ReplaceFile(const std::string& path, const std::string& contents,
                                        const Replacement& replacement = {});

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_OUTPUT_FILE_OUTPUT_FILE_H_
