// A TCP connection to a server on this host that does no TLS of its own.
#ifndef PINION_TESTS_E2E_RAW_CONNECTION_H_
#define PINION_TESTS_E2E_RAW_CONNECTION_H_

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace pinion::testing {

// A complete ClientHello that offers "h2" and no key share, so that a server asks for one (RFC 8446 §4.1.4) and waits.
// Each has another random.
inline std::string CompleteClientHello() {
  static std::atomic<int> count{0};
  std::string random = std::to_string(getpid()) + " " + std::to_string(++count) + " ";
  random.resize(32, 'r');
  const auto sized = [](int width, const std::string& body) {
    std::string bytes;
    for (int shift = 8 * (width - 1); shift >= 0; shift -= 8) bytes += static_cast<char>(body.size() >> shift);
    return bytes + body;
  };
  const auto extension = [&sized](uint8_t type, const std::string& body) {
    return std::string{0, static_cast<char>(type)} + sized(2, body);
  };
  const std::string extensions = extension(10, sized(2, std::string("\0\x17", 2))) +    // P-256
                                 extension(13, sized(2, std::string("\x04\x03", 2))) +  // ECDSA with SHA-256
                                 extension(16, sized(2, sized(1, "h2"))) +
                                 extension(43, sized(1, std::string("\x03\x04\x03\x03", 4))) +
                                 extension(51, sized(2, ""));
  const std::string hello = std::string("\x03\x03", 2) + random + sized(1, "") +
                            sized(2, std::string("\x13\x01\xc0\x2b", 4)) + sized(1, std::string(1, 0)) +
                            sized(2, extensions);
  return std::string("\x16\x03\x01", 3) + sized(2, '\x01' + sized(3, hello));
}

// Open from construction to destruction.
class RawConnection {
 public:
  explicit RawConnection(int port, absl::string_view bytes = "", const char* from = "127.0.0.1")
      : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const sockaddr_in source = Address(from, 0);
    const sockaddr_in server = Address("127.0.0.1", port);
    connected_ = bind(socket_, reinterpret_cast<const sockaddr*>(&source), sizeof(source)) == 0 &&
                 connect(socket_, reinterpret_cast<const sockaddr*>(&server), sizeof(server)) == 0;
    Send(bytes);
  }
  ~RawConnection() { close(socket_); }
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;

  bool connected() const { return connected_; }
  void Send(absl::string_view bytes) const { send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
  // Does not wait. For a connection on which the server sends nothing, or only a little before its end.
  bool IsEnded() {
    char byte = 0;
    ssize_t count = 0;
    while ((count = recv(socket_, &byte, 1, MSG_DONTWAIT)) == 1) ++received_;
    return count == 0 || errno != EAGAIN;
  }
  // Waits for the server's first byte, ten seconds at most.
  bool HasAnswer() const {
    pollfd waiting = {socket_, POLLIN, 0};
    char byte = 0;
    return poll(&waiting, 1, 10'000) == 1 && recv(socket_, &byte, 1, MSG_DONTWAIT | MSG_PEEK) == 1;
  }
  // Waits for the end, ten seconds at most.
  bool IsEndedByTheServer() {
    char byte = 0;
    for (pollfd waiting = {socket_, POLLIN, 0}; poll(&waiting, 1, 10'000) == 1; ++received_) {
      if (recv(socket_, &byte, 1, MSG_DONTWAIT) <= 0) return true;
    }
    return false;
  }
  // Bytes that came before the end.
  int received() const { return received_; }

 private:
  static sockaddr_in Address(const char* ip, int port) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    inet_pton(AF_INET, ip, &address.sin_addr);
    return address;
  }

  const int socket_;
  bool connected_ = false;
  int received_ = 0;
};

}  // namespace pinion::testing

#endif  // PINION_TESTS_E2E_RAW_CONNECTION_H_
