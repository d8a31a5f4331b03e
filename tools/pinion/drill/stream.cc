#include "tools/pinion/drill/stream.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace pinion::drill {
namespace {

// *stop is checked at this interval.
constexpr absl::Duration kSlice = absl::Milliseconds(50);
constexpr size_t kChunk = 16384;

// Waits until the socket may be ready or kSlice has passed. Returns false once the deadline has passed.
bool Await(int fd, bool to_read, absl::Time deadline) {
  const absl::Duration left = deadline - absl::Now();
  if (left <= absl::ZeroDuration()) return false;
  pollfd wanted = {fd, static_cast<int16_t>(to_read ? POLLIN : POLLOUT), 0};
  poll(&wanted, 1, static_cast<int>(absl::ToInt64Milliseconds(std::min(left, kSlice))) + 1);
  return true;
}

int DialOne(const addrinfo& to, absl::Time deadline) {
  const int fd = socket(to.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -1;
  int error = connect(fd, to.ai_addr, to.ai_addrlen) == 0 ? 0 : errno;
  if (error == EINPROGRESS) {
    pollfd wanted = {fd, POLLOUT, 0};
    const int64_t left = std::max<int64_t>(0, absl::ToInt64Milliseconds(deadline - absl::Now()));
    socklen_t size = sizeof(error);
    if (poll(&wanted, 1, static_cast<int>(left)) == 1) getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  }
  if (error == 0) return fd;
  close(fd);
  return -1;
}

}  // namespace

Stream::Stream(int fd, SSL_CTX* context, TlsRole role, const std::atomic<bool>* stop) : fd_(fd), stop_(stop) {
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
  const std::shared_ptr<BIO> socket(BIO_new_socket(fd, BIO_NOCLOSE), BIO_free);
  if (context == nullptr || socket == nullptr) {
    bio_ = socket;
    return;
  }
  const std::shared_ptr<BIO> tls(BIO_new_ssl(context, role == TlsRole::kClient ? 1 : 0), BIO_free_all);
  if (tls == nullptr || BIO_get_ssl(tls.get(), &ssl_) != 1) return;
  BIO_up_ref(socket.get());
  BIO_push(tls.get(), socket.get());
  bio_ = tls;
}

Stream::~Stream() {
  bio_.reset();
  close(fd_);
}

int Stream::Drive(const std::function<int()>& step, absl::Time deadline) {
  if (bio_ == nullptr) {
    error_ = "OpenSSL cannot create a connection";
    ended_ = true;
    return 0;
  }
  while (!*stop_) {
    ERR_clear_error();
    const int result = step();
    if (result > 0) return result;
    if (!BIO_should_retry(bio_.get())) {
      const char* const reason = ERR_reason_error_string(ERR_peek_error());
      if (error_.empty() && reason != nullptr) error_ = reason;
      ERR_clear_error();
      ended_ = true;
      return result;
    }
    if (!Await(fd_, BIO_should_read(bio_.get()) != 0, deadline)) return result;
  }
  return 0;
}

bool Stream::Handshake(absl::Time deadline) {
  if (ssl_ == nullptr) return true;
  return Drive([this] { return static_cast<int>(BIO_do_handshake(bio_.get())); }, deadline) > 0;
}

bool Stream::resumed() const { return ssl_ != nullptr && SSL_session_reused(ssl_) == 1; }

bool Stream::Write(absl::string_view bytes, absl::Time deadline) {
  while (!bytes.empty()) {
    const int written =
        Drive([&] { return BIO_write(bio_.get(), bytes.data(), static_cast<int>(bytes.size())); }, deadline);
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

std::string Stream::Read(absl::Time deadline) {
  std::string bytes(kChunk, '\0');
  const int read = Drive([&] { return BIO_read(bio_.get(), &bytes[0], static_cast<int>(bytes.size())); }, deadline);
  bytes.resize(static_cast<size_t>(std::max(read, 0)));
  return bytes;
}

void Stream::Close() {
  if (ssl_ != nullptr && !ended_) SSL_shutdown(ssl_);
  ERR_clear_error();
  shutdown(fd_, SHUT_WR);
}

int Dial(const std::string& host, int port, absl::Time deadline) {
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), absl::StrCat(port).c_str(), &hints, &found) != 0) return -1;
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owned(found, freeaddrinfo);
  int fd = -1;
  for (; fd < 0 && found != nullptr; found = found->ai_next) fd = DialOne(*found, deadline);
  return fd;
}

}  // namespace pinion::drill
