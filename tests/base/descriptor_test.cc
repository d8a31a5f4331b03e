#include "pinion/base/descriptor.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <functional>

#include "pinion/standard_streams.h"

namespace pinion {
namespace {

// Descriptors 0 to 2 are the process's own: each test closes them in a child, whose exit code is the number of the
// failed check.
int InChild(const std::function<int()>& test) {
  const pid_t child = fork();
  if (child == 0) _exit(test());
  int status = -1;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool IsDevNull(int fd) {
  char target[64] = {};
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  return readlink(link.c_str(), target, sizeof(target) - 1) > 0 && std::string(target) == "/dev/null";
}

TEST(AboveStandardStreams, MovesWhatGotAStandardStreamsNumber) {
  for (const int closed : {0, 1, 2}) {
    EXPECT_EQ(InChild([closed] {
                close(closed);
                const int opened = open("/proc/self/exe", O_RDONLY);
                if (opened != closed) return 1;
                const int moved = AboveStandardStreams(opened);
                if (moved < 3) return 2;
                if ((fcntl(moved, F_GETFD) & FD_CLOEXEC) == 0) return 3;
                return fcntl(closed, F_GETFD) < 0 && errno == EBADF ? 0 : 4;
              }),
              0)
        << closed;
  }
}

TEST(AboveStandardStreams, OtherNumbersAndErrorsStay) {
  const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  ASSERT_GT(fd, 2);
  EXPECT_EQ(AboveStandardStreams(fd), fd);
  EXPECT_GE(fcntl(fd, F_GETFD), 0) << "it is still open";
  close(fd);
  errno = EMFILE;
  EXPECT_EQ(AboveStandardStreams(-1), -1);
  EXPECT_EQ(errno, EMFILE);
}

TEST(ReserveStandardStreams, OpensThoseThatAreClosedAndLeavesTheOthers) {
  for (int closed = 0; closed < 8; ++closed) {
    EXPECT_EQ(InChild([closed] {
                const int standing = open("/proc/self/exe", O_RDONLY);
                for (const int fd : {0, 1, 2}) (closed & 1 << fd) != 0 ? close(fd) : dup2(standing, fd);
                ReserveStandardStreams();
                for (const int fd : {0, 1, 2}) {
                  if (IsDevNull(fd) != ((closed & 1 << fd) != 0)) return 1 + fd;
                }
                return 0;
              }),
              0)
        << closed;
  }
}

}  // namespace
}  // namespace pinion
