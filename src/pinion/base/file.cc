#include "pinion/base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace pinion {
namespace {

constexpr size_t kMaxSize = size_t{64} << 20;

absl::Status Failed(const std::string& path, int error) {
  const std::string text = absl::StrCat("cannot read ", absl::CHexEscape(path), ": ", std::strerror(error));
  if (error == ENOENT) return absl::NotFoundError(text);
  if (error == EACCES) return absl::PermissionDeniedError(text);
  return absl::InvalidArgumentError(text);
}

absl::Status CheckKind(int fd, const std::string& path, bool may_be_pipe) {
  struct stat about = {};
  if (fstat(fd, &about) != 0) return Failed(path, errno);
  if (S_ISREG(about.st_mode)) return absl::OkStatus();
  if (may_be_pipe && (S_ISFIFO(about.st_mode) || S_ISCHR(about.st_mode) || S_ISSOCK(about.st_mode))) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("cannot read ", absl::CHexEscape(path), ": not a regular file", may_be_pipe ? " or pipe" : ""));
}

absl::StatusOr<std::string> ReadAll(int fd, const std::string& path) {
  std::string contents;
  char buffer[1 << 16];
  for (;;) {
    const ssize_t got = read(fd, buffer, sizeof(buffer));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Failed(path, errno);
    if (got == 0) return contents;
    contents.append(buffer, got);
    if (contents.size() > kMaxSize) return Failed(path, EFBIG);
  }
}

absl::StatusOr<std::string> ReadOnce(const std::string& path, bool may_be_pipe) {
  if (absl::StrContains(path, "-----BEGIN")) {
    // It may be a private key, so the error must not contain it.
    return absl::InvalidArgumentError(
        "cannot read a file: its path is PEM text; put that into a file and give the file's path");
  }
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | (may_be_pipe ? O_NOCTTY : O_NONBLOCK));
  if (fd < 0) return Failed(path, errno);
  const absl::Status kind = CheckKind(fd, path, may_be_pipe);
  absl::StatusOr<std::string> contents = kind.ok() ? ReadAll(fd, path) : kind;
  close(fd);
  return contents;
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& path) { return ReadOnce(path, /*may_be_pipe=*/false); }

absl::StatusOr<std::string> ReadInput(const std::string& path) {
  return path == "-" ? ReadAll(STDIN_FILENO, "the standard input") : ReadOnce(path, /*may_be_pipe=*/true);
}

std::string ResolveLinks(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> resolved(realpath(path.c_str(), nullptr), &std::free);
  return resolved == nullptr ? path : resolved.get();
}

std::string RelativeTo(absl::string_view file, absl::string_view path) {
  const size_t slash = file.rfind('/');
  if (absl::StartsWith(path, "/") || slash == absl::string_view::npos) return std::string(path);
  return absl::StrCat(file.substr(0, slash + 1), path);
}

}  // namespace pinion
