// Locks between processes.
#ifndef PINION_BASE_FILE_LOCK_H_
#define PINION_BASE_FILE_LOCK_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace pinion {

// The lock is held until this object is destroyed or the process ends. Locks are advisory: only processes that take the
// same lock wait for each other.
class FileLock {
 public:
  // Locks the file at `path`, which is created if missing, for its owner alone. Waits for another process up to
  // `patience`, then FailedPrecondition. Unavailable if the file cannot be opened or its file system has no locks.
  static absl::StatusOr<FileLock> Take(const std::string& path, absl::Duration patience = absl::ZeroDuration());
  // Locks the folder of `file`, without a lock file. Waits for another process up to `patience`, then DeadlineExceeded.
  // Unavailable if the folder cannot be opened or its file system has no locks.
  static absl::StatusOr<FileLock> OnFolderOf(const std::string& file, absl::Duration patience);
  ~FileLock();
  FileLock(FileLock&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  FileLock& operator=(FileLock&&) = delete;

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  // Returns true if the lock was taken before `patience` has passed; otherwise false, with errno set.
  bool Wait(absl::Duration patience) const;
  int fd_;
};

}  // namespace pinion

#endif  // PINION_BASE_FILE_LOCK_H_
