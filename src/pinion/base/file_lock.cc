#include "pinion/base/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "pinion/base/descriptor.h"
#include "pinion/base/file.h"
#include "pinion/base/printable.h"
#include "pinion/base/steady_clock.h"

namespace pinion {
namespace {

constexpr absl::Duration kInterval = absl::Milliseconds(10);

absl::Status Failed(const std::string& path) {
  const int error = errno;
  return absl::UnavailableError(absl::StrCat("cannot lock ", Printable(path), ": ", std::strerror(error)));
}

}  // namespace

bool FileLock::Wait(absl::Duration patience) const {
  const absl::Time end = SteadyNow() + patience;
  while (flock(fd_, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return false;
    if (SteadyNow() >= end) return false;
    absl::SleepFor(kInterval);
  }
  return true;
}

absl::StatusOr<FileLock> FileLock::Take(const std::string& path, absl::Duration patience) {
  FileLock lock(AboveStandardStreams(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)));
  if (lock.fd_ < 0) return Failed(path);
  if (lock.Wait(patience)) return lock;
  if (errno != EWOULDBLOCK) return Failed(path);
  return absl::FailedPreconditionError(absl::StrCat(Printable(path), " is locked by another process"));
}

absl::StatusOr<FileLock> FileLock::OnFolderOf(const std::string& file, absl::Duration patience) {
  const std::string folder = RelativeTo(file, ".");
  FileLock lock(AboveStandardStreams(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)));
  if (lock.fd_ < 0) return Failed(folder);
  if (lock.Wait(patience)) return lock;
  if (errno != EWOULDBLOCK) return Failed(folder);
  return absl::DeadlineExceededError(absl::StrCat("another process has kept the lock on the folder ", Printable(folder),
                                                  " for ", absl::FormatDuration(patience),
                                                  "; wait for it to end, or end it, and try again"));
}

FileLock::~FileLock() {
  if (fd_ < 0) return;
  flock(fd_, LOCK_UN);  // a child of a fork may have a copy of the descriptor
  close(fd_);
}

}  // namespace pinion
