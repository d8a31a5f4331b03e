#include "tools/pinion/output_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "pinion/reload/file.h"

namespace pinion::cli {

absl::Status WriteNewFile(const std::string& path, const std::string& contents, mode_t mode) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0 && errno == EEXIST) {
    return absl::AlreadyExistsError(absl::StrCat(path, " is there already; it is left as it is"));
  }
  const bool written = fd >= 0 && write(fd, contents.data(), contents.size()) == static_cast<ssize_t>(contents.size());
  const int error = errno;
  if (fd >= 0) close(fd);
  if (written) return absl::OkStatus();
  if (fd >= 0) unlink(path.c_str());  // half a file would stand in the way of the next try
  return absl::UnavailableError(absl::StrCat("cannot write ", path, ": ", std::strerror(error)));
}

absl::Status ReplaceFile(const std::string& path, const std::string& contents, mode_t mode) {
  if (const absl::StatusOr<std::string> before = ReadFile(path); before.ok() && *before == contents) {
    return absl::OkStatus();
  }
  const std::string next = absl::StrCat(path, ".", getpid(), ".next");
  if (absl::Status status = WriteNewFile(next, contents, mode); !status.ok()) return status;
  if (std::rename(next.c_str(), path.c_str()) == 0) return absl::OkStatus();
  const int error = errno;
  unlink(next.c_str());
  return absl::UnavailableError(absl::StrCat("cannot replace ", path, ": ", std::strerror(error)));
}

}  // namespace pinion::cli
