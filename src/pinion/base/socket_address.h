// Formats addresses of TCP sockets.
#ifndef PINION_BASE_SOCKET_ADDRESS_H_
#define PINION_BASE_SOCKET_ADDRESS_H_

#include <sys/socket.h>

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace pinion {

// The text of an IP address given as its 4 or 16 bytes in network order.
std::string AddressText(const std::string& bytes);

// "127.0.0.1:4711", "[::1]:4711". `ip` is the 4 or 16 bytes of the address in network order; an IPv4-mapped IPv6
// address (::ffff:127.0.0.1) is written as IPv4.
std::string SocketAddressText(absl::string_view ip, int port);

// The addresses of a connected socket; empty if it is not a connected TCP socket.
std::optional<std::string> LocalAddress(int socket);
std::optional<std::string> RemoteAddress(int socket);

// The 4 or 16 bytes of the peer's IP address in network order; an IPv4-mapped IPv6 address has 4 bytes. Empty as above.
std::string RemoteIp(int socket);

std::optional<std::string> SocketAddressText(const sockaddr_storage& address);

}  // namespace pinion

#endif  // PINION_BASE_SOCKET_ADDRESS_H_
