#include "tools/pinion/probe/tcp_connection.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "pinion/base/descriptor.h"
#include "pinion/base/socket_address.h"

namespace pinion {
namespace {

constexpr absl::Duration kLongestPoll = absl::Seconds(3600);

absl::Status Failed(int error) { return absl::UnavailableError(std::strerror(error)); }

// Waits until the socket is ready for `events`.
absl::Status Wait(int fd, short events, absl::Time deadline) {
  for (;;) {
    const absl::Duration left = std::min(deadline - absl::Now(), kLongestPoll);
    if (left <= absl::ZeroDuration()) return absl::DeadlineExceededError("timed out");
    pollfd waiting = {fd, events, 0};
    const int ready = poll(&waiting, 1, static_cast<int>(absl::ToInt64Milliseconds(left)) + 1);
    if (ready > 0) return absl::OkStatus();
    if (ready < 0 && errno != EINTR) return Failed(errno);
  }
}

absl::Status ConnectTo(int fd, const addrinfo& address, absl::Time deadline) {
  if (connect(fd, address.ai_addr, address.ai_addrlen) == 0) return absl::OkStatus();
  if (errno != EINPROGRESS) return Failed(errno);
  if (absl::Status status = Wait(fd, POLLOUT, deadline); !status.ok()) return status;
  int error = 0;
  socklen_t size = sizeof(error);
  getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  return error == 0 ? absl::OkStatus() : Failed(error);
}

}  // namespace

absl::StatusOr<std::unique_ptr<TcpConnection>> TcpConnection::Connect(const std::string& host, int port,
                                                                      absl::Time deadline) {
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found); error != 0) {
    return absl::UnavailableError(absl::StrCat("\"", absl::CHexEscape(host), "\": ", gai_strerror(error)));
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses(found, freeaddrinfo);
  absl::Status last = absl::UnavailableError("it has no address");
  for (const addrinfo* address = addresses.get(); address != nullptr; address = address->ai_next) {
    const int fd = AboveStandardStreams(socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (fd < 0) return Failed(errno);
    std::unique_ptr<TcpConnection> connection(new TcpConnection(fd));
    last = ConnectTo(fd, *address, deadline);
    if (last.ok()) return connection;
  }
  return last;
}

TcpConnection::~TcpConnection() { close(fd_); }

absl::Status TcpConnection::Send(absl::string_view bytes, absl::Time deadline) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(sent);
    } else if (errno == EAGAIN) {
      if (absl::Status status = Wait(fd_, POLLOUT, deadline); !status.ok()) return status;
    } else if (errno != EINTR) {
      return Failed(errno);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> TcpConnection::Receive(absl::Time deadline) {
  char buffer[1 << 14];
  for (;;) {
    if (absl::Status status = Wait(fd_, POLLIN, deadline); !status.ok()) return status;
    const ssize_t got = recv(fd_, buffer, sizeof(buffer), 0);
    if (got >= 0) return std::string(buffer, got);
    if (errno != EINTR && errno != EAGAIN) return Failed(errno);
  }
}

std::string TcpConnection::address() const { return RemoteAddress(fd_).value_or(""); }

}  // namespace pinion
