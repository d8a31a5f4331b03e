#include "pinion/base/descriptor.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "pinion/standard_streams.h"

namespace pinion {

int AboveStandardStreams(int fd) {
  if (fd < 0 || fd > STDERR_FILENO) return fd;
  const int copy = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  const int error = errno;
  close(fd);
  errno = error;
  return copy;
}

// Runs before any library is initialized, including those of sanitizers.
__attribute__((no_sanitize("address"), no_sanitize("thread"), no_sanitize("undefined"))) void ReserveStandardStreams() {
  for (long fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (syscall(SYS_fcntl, fd, F_GETFD) >= 0) continue;
    // The lowest free number is `fd`, since all lower ones are open.
    if (syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDWR) != fd) syscall(SYS_exit_group, 127);
  }
}

}  // namespace pinion
