#include "tests/faults/serving_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace pinion::faults {
namespace {

constexpr char kProgram[] = "tools/pinion/pinion";
constexpr int kLogBytes = 4096;  // the smallest size of a pipe

}  // namespace

ServingProcess::ServingProcess(const std::string& config, int port, bool keeps_log) {
  std::array<int, 2> out{};
  std::array<int, 2> log{};
  if (pipe2(out.data(), O_CLOEXEC) != 0 || pipe2(log.data(), O_CLOEXEC) != 0) std::abort();
  const std::string address = absl::StrCat("127.0.0.1:", port);
  const int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
  fcntl(log[1], F_SETPIPE_SZ, kLogBytes);
  pid_ = fork();
  if (pid_ == 0) {
    dup2(out[1], STDOUT_FILENO);
    dup2(keeps_log ? log[1] : null, STDERR_FILENO);
    execl(kProgram, kProgram, "serve", "--config", config.c_str(), "--address", address.c_str(), nullptr);
    _exit(127);
  }
  close(null);
  close(out[1]);
  close(log[1]);
  log_ = log[0];
  std::FILE* const output = fdopen(out[0], "r");
  std::array<char, 100> line{};
  const bool came_up = std::fgets(line.data(), line.size(), output) != nullptr;
  std::fclose(output);
  const std::string text(line.data());
  if (!came_up || !absl::SimpleAtoi(text.substr(text.rfind(':') + 1), &port_)) {
    std::fprintf(stderr, "faults: `%s serve` did not come up\n", kProgram);
    std::abort();
  }
}

ServingProcess::~ServingProcess() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  close(log_);
}

bool ServingProcess::LogIsFull() const {
  int bytes = 0;
  // A line that does not fit as a whole is waiting.
  return ioctl(log_, FIONREAD, &bytes) == 0 && bytes > kLogBytes - 1024;
}

void ServingProcess::DrainLog() const {
  std::array<char, kLogBytes> buffer{};
  pollfd waiting = {log_, POLLIN, 0};
  while (poll(&waiting, 1, 0) > 0 && read(log_, buffer.data(), buffer.size()) > 0) {
  }
}

}  // namespace pinion::faults
