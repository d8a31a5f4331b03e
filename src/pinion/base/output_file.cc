#include "pinion/base/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "pinion/base/descriptor.h"
#include "pinion/base/file.h"
#include "pinion/base/printable.h"

namespace pinion {
namespace {

constexpr int kAttempts = 100;

absl::Status Failed(const std::string& path) {
  const int error = errno;
  const std::string text = absl::StrCat("cannot write ", Printable(path), ": ", std::strerror(error));
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

// Never opens an existing file, link or pipe.
int OpenNew(const std::string& path, mode_t mode) {
  return AboveStandardStreams(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
}

// Opens a new file beside `path`; *name is its name. Returns -1 with errno set on failure.
int OpenBeside(const std::string& path, mode_t mode, std::string* name) {
  std::random_device random;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    *name = absl::StrCat(path, ".", absl::Hex(random(), absl::kZeroPad8), absl::Hex(random(), absl::kZeroPad8));
    const int fd = OpenNew(*name, mode);
    if (fd >= 0 || errno != EEXIST) return fd;
  }
  return -1;
}

// Gives the new file the owner and mode of the old one, so that the same users can read it.
bool KeepOwnerAndMode(int fd, const struct stat& about) {
  struct stat own = {};
  if (fstat(fd, &own) != 0) return false;
  const bool is_same = own.st_uid == about.st_uid && own.st_gid == about.st_gid;
  return (is_same || fchown(fd, about.st_uid, about.st_gid) == 0) && fchmod(fd, about.st_mode & 07777) == 0;
}

// Makes the rename survive a power failure.
void SyncFolderOf(const std::string& path) {
  const int fd = open(RelativeTo(path, ".").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  fsync(fd);
  close(fd);
}

// The attributes of the file at `path`; none if there is no file.
absl::StatusOr<std::optional<struct stat>> Look(const std::string& path) {
  struct stat about = {};
  if (lstat(path.c_str(), &about) != 0) {
    if (errno == ENOENT) return std::optional<struct stat>();
    return Failed(path);
  }
  if (S_ISREG(about.st_mode)) return std::optional<struct stat>(about);
  return absl::FailedPreconditionError(absl::StrCat("cannot write ", Printable(path), ": it is ",
                                                    S_ISLNK(about.st_mode) ? "a link" : "no regular file",
                                                    ", which is left as it is; name another path"));
}

}  // namespace

WrittenFile::~WrittenFile() {
  if (fd_ >= 0) close(fd_);
}

WrittenFile& WrittenFile::operator=(WrittenFile&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

bool WrittenFile::IsAt(const std::string& path) const {
  struct stat own = {};
  struct stat there = {};
  return fd_ >= 0 && fstat(fd_, &own) == 0 && lstat(path.c_str(), &there) == 0 && own.st_dev == there.st_dev &&
         own.st_ino == there.st_ino;
}

absl::Status WriteNewFile(const std::string& path, const std::string& contents, mode_t mode) {
  const int fd = OpenNew(path, mode);
  if (fd < 0 && errno == EEXIST) {
    return absl::AlreadyExistsError(absl::StrCat(Printable(path), " is there already; it is left as it is"));
  }
  if (fd < 0) return Failed(path);
  const WrittenFile file(fd);
  if (WriteAll(fd, contents)) return absl::OkStatus();
  absl::Status status = Failed(path);
  unlink(path.c_str());  // a partial file would block the next attempt
  return status;
}

absl::Status CheckRegularOrMissing(const std::string& path) { return Look(path).status(); }

absl::StatusOr<WrittenFile> ReplaceFile(const std::string& path, const std::string& contents,
                                        const Replacement& replacement) {
  const absl::StatusOr<std::optional<struct stat>> before = Look(path);
  if (!before.ok()) return before.status();
  if (const absl::StatusOr<std::string> now = ReadFile(path); now.ok() && *now == contents) {
    return WrittenFile(open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  }
  std::string name;
  const bool keeps_owner = before->has_value() && replacement.keeps_owner;
  const int fd = OpenBeside(path, keeps_owner ? 0600 : replacement.mode, &name);
  if (fd < 0) return Failed(path);
  WrittenFile file(fd);
  absl::Status status;
  const bool is_written = WriteAll(fd, contents) && (!keeps_owner || KeepOwnerAndMode(fd, **before)) &&
                          (!replacement.is_durable || fsync(fd) == 0);
  if (!is_written) status = Failed(path);
  if (status.ok() && replacement.expected.has_value()) {
    const absl::StatusOr<std::string> now = ReadFile(path);
    if (!now.ok() || *now != *replacement.expected) {
      status =
          absl::AbortedError(absl::StrCat(Printable(path), " was changed by another program meanwhile; try again"));
    }
  }
  if (status.ok() && std::rename(name.c_str(), path.c_str()) != 0) status = Failed(path);
  if (!status.ok()) {
    unlink(name.c_str());
    return status;
  }
  if (replacement.is_durable) SyncFolderOf(path);
  return file;
}

}  // namespace pinion
