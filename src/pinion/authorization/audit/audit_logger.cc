#include "pinion/authorization/audit/audit_logger.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "pinion/base/descriptor.h"

namespace pinion {
namespace {

// The maximum time that a write waits for a full pipe.
constexpr int kPatienceInMilliseconds = 1000;

absl::Status Lost(absl::string_view what) {
  return absl::UnavailableError(absl::StrCat("cannot ", what, ": ", std::strerror(errno)));
}

// Writes lines so that a partially written line does not corrupt the next one.
class LineWriter {
 public:
  absl::Status Write(int fd, absl::string_view line) {
    const std::string ended = is_within_line_ ? absl::StrCat("\n", line) : std::string();
    absl::string_view rest = ended.empty() ? line : absl::string_view(ended);
    // Loops only if the system writes less than requested.
    while (!rest.empty()) {
      const ssize_t written = write(fd, rest.data(), rest.size());
      if (written > 0) {
        is_within_line_ = rest[written - 1] != '\n';
        rest.remove_prefix(written);
      } else if (!MayGoOn(fd)) {
        return Lost("write");
      }
    }
    return absl::OkStatus();
  }

 private:
  static bool MayGoOn(int fd) {
    if (errno == EINTR) return true;
    if (errno != EAGAIN) return false;
    pollfd waiting = {fd, POLLOUT, 0};
    const bool has_room = poll(&waiting, 1, kPatienceInMilliseconds) > 0;
    errno = EAGAIN;  // the reason, if there is no room
    return has_room;
  }

  bool is_within_line_ = false;
};

class DescriptorLogger final : public AuditLogger {
 public:
  explicit DescriptorLogger(int fd) : fd_(fd) {}
  absl::Status Write(absl::string_view line) override { return writer_.Write(fd_, line); }

 private:
  const int fd_;
  LineWriter writer_;
};

class FileLogger final : public AuditLogger {
 public:
  explicit FileLogger(std::string path) : path_(std::move(path)) {}
  ~FileLogger() override { Close(); }

  absl::Status Write(absl::string_view line) override {
    if (fd_ >= 0 && !StandsAtPath()) Close();
    if (fd_ < 0 && !Open()) return Lost("open");
    return writer_.Write(fd_, line);
  }

 private:
  bool Open() {
    // Without O_NONBLOCK, opening a pipe without a reader would block.
    fd_ = AboveStandardStreams(
        open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0640));
    writer_ = LineWriter();
    return fd_ >= 0;
  }

  void Close() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

  bool StandsAtPath() const {
    struct stat ours = {};
    struct stat there = {};
    return fstat(fd_, &ours) == 0 && stat(path_.c_str(), &there) == 0 && ours.st_dev == there.st_dev &&
           ours.st_ino == there.st_ino;
  }

  const std::string path_;
  int fd_ = -1;
  LineWriter writer_;
};

}  // namespace

std::unique_ptr<AuditLogger> MakeDescriptorLogger(int fd) { return std::make_unique<DescriptorLogger>(fd); }

std::unique_ptr<AuditLogger> MakeFileLogger(std::string path) { return std::make_unique<FileLogger>(std::move(path)); }

}  // namespace pinion
