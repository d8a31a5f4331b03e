#include "tools/pinion/pin_file/replace_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "pinion/reload/file.h"

namespace pinion::cli {
namespace {

absl::Status Failed(const std::string& path) {
  const int error = errno;
  const std::string text = absl::StrCat("cannot write ", absl::CHexEscape(path), ": ", std::strerror(error));
  return error == EACCES ? absl::PermissionDeniedError(text) : absl::UnavailableError(text);
}

bool WriteAll(int fd, const std::string& contents) {
  size_t written = 0;
  while (written < contents.size()) {
    const ssize_t some = write(fd, contents.data() + written, contents.size() - written);
    if (some < 0 && errno != EINTR) return false;
    if (some > 0) written += static_cast<size_t>(some);
  }
  return true;
}

// Whoever could read the file before can do so afterwards.
bool KeepOwnerAndMode(int fd, const struct stat& about) {
  struct stat own = {};
  if (fstat(fd, &own) != 0) return false;
  const bool is_same = own.st_uid == about.st_uid && own.st_gid == about.st_gid;
  return (is_same || fchown(fd, about.st_uid, about.st_gid) == 0) && fchmod(fd, about.st_mode & 07777) == 0;
}

// So that the rename outlasts a loss of power.
void SyncFolderOf(const std::string& path) {
  const int fd = open(RelativeTo(path, ".").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  fsync(fd);
  close(fd);
}

}  // namespace

absl::Status ReplaceFile(const std::string& path, const std::string& expected, const std::string& contents) {
  char* const resolved = realpath(path.c_str(), nullptr);
  if (resolved == nullptr) return Failed(path);
  const std::string target = resolved;
  std::free(resolved);
  struct stat about = {};
  if (stat(target.c_str(), &about) != 0) return Failed(path);
  std::string next = target + ".XXXXXX";
  const int fd = mkostemp(next.data(), O_CLOEXEC);
  if (fd < 0) return Failed(path);
  const bool is_written = WriteAll(fd, contents) && KeepOwnerAndMode(fd, about) && fsync(fd) == 0;
  absl::Status status = is_written ? absl::OkStatus() : Failed(path);
  close(fd);
  const absl::StatusOr<std::string> now = ReadFile(target);
  if (status.ok() && (!now.ok() || *now != expected)) {
    status =
        absl::AbortedError(absl::StrCat(absl::CHexEscape(path), " was changed by somebody else meanwhile; try again"));
  }
  if (status.ok() && rename(next.c_str(), target.c_str()) != 0) status = Failed(path);
  if (!status.ok()) {
    unlink(next.c_str());
    return status;
  }
  SyncFolderOf(target);
  return status;
}

}  // namespace pinion::cli
