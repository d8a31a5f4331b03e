#include "pinion/admin/admin_socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "pinion/base/descriptor.h"
#include "pinion/base/printable.h"

namespace pinion {
namespace {

constexpr int kBacklog = 16;

absl::Status Unavailable(const std::string& address, const char* why) {
  return absl::UnavailableError(absl::StrCat("cannot listen on ", Printable(address), ": ", why));
}

sockaddr_un UnixAddress(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  return address;
}

int NewSocket(int family) {
  return AboveStandardStreams(socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

// Whether a process listens on the Unix socket with this path.
bool HasListener(const std::string& path) {
  const int descriptor = NewSocket(AF_UNIX);
  const sockaddr_un address = UnixAddress(path);
  // Where its queue is full, the error is EAGAIN.
  const bool is_left =
      connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 && errno == ECONNREFUSED;
  close(descriptor);
  return !is_left;
}

// A socket at which nothing listens is left over from a process that has ended.
absl::Status RemoveLeft(const std::string& path, const std::string& address) {
  struct stat info = {};
  if (lstat(path.c_str(), &info) != 0) return absl::OkStatus();
  if (!S_ISSOCK(info.st_mode)) return Unavailable(address, "there is a file that is no socket; give another path");
  if (HasListener(path)) return Unavailable(address, "another process listens there; give another path");
  return unlink(path.c_str()) == 0 ? absl::OkStatus() : Unavailable(address, std::strerror(errno));
}

}  // namespace

absl::StatusOr<std::unique_ptr<AdminSocket>> AdminSocket::Listen(const AdminAddress& at) {
  std::unique_ptr<AdminSocket> made(new AdminSocket(at.path));
  absl::Status status = at.path.empty() ? made->ListenOnPort(at) : made->ListenOnPath();
  if (status.ok()) return made;
  if (made->descriptor_ >= 0) close(made->descriptor_);
  return status;
}

AdminSocket::~AdminSocket() {
  struct stat info = {};
  const bool is_ours = !path_.empty() && made_.st_ino != 0 && lstat(path_.c_str(), &info) == 0 &&
                       info.st_ino == made_.st_ino && info.st_dev == made_.st_dev;
  if (is_ours) unlink(path_.c_str());
}

absl::Status AdminSocket::ListenOnPort(const AdminAddress& at) {
  const bool is_v6 = at.host.find(':') != std::string::npos;
  address_ = absl::StrCat(is_v6 ? "[" : "", at.host, is_v6 ? "]:" : ":");
  sockaddr_in v4 = {};
  sockaddr_in6 v6 = {};
  v4.sin_family = AF_INET;
  v4.sin_port = v6.sin6_port = htons(static_cast<uint16_t>(at.port));
  v6.sin6_family = AF_INET6;
  inet_pton(AF_INET, at.host.c_str(), &v4.sin_addr);
  inet_pton(AF_INET6, at.host.c_str(), &v6.sin6_addr);
  auto* const address = is_v6 ? reinterpret_cast<sockaddr*>(&v6) : reinterpret_cast<sockaddr*>(&v4);
  socklen_t size = is_v6 ? sizeof(v6) : sizeof(v4);
  descriptor_ = NewSocket(address->sa_family);
  const int yes = 1;
  const bool listens = descriptor_ >= 0 && setsockopt(descriptor_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) == 0 &&
                       bind(descriptor_, address, size) == 0 && listen(descriptor_, kBacklog) == 0 &&
                       getsockname(descriptor_, address, &size) == 0;
  if (!listens) return Unavailable(absl::StrCat(address_, at.port), std::strerror(errno));
  absl::StrAppend(&address_, ntohs(is_v6 ? v6.sin6_port : v4.sin_port));
  return absl::OkStatus();
}

absl::Status AdminSocket::ListenOnPath() {
  address_ = absl::StrCat("unix:", path_);
  if (absl::Status status = RemoveLeft(path_, address_); !status.ok()) return status;
  const sockaddr_un address = UnixAddress(path_);
  descriptor_ = NewSocket(AF_UNIX);
  // The mode is set before it has a path, so that it never has another one.
  const bool listens = descriptor_ >= 0 && fchmod(descriptor_, S_IRUSR | S_IWUSR) == 0 &&
                       bind(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 &&
                       listen(descriptor_, kBacklog) == 0 && lstat(path_.c_str(), &made_) == 0;
  return listens ? absl::OkStatus() : Unavailable(address_, std::strerror(errno));
}

}  // namespace pinion
