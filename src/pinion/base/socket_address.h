// Addresses of TCP sockets as text.
#ifndef PINION_BASE_SOCKET_ADDRESS_H_
#define PINION_BASE_SOCKET_ADDRESS_H_

#include <sys/socket.h>

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace pinion {

// The text of an IP address given as its 4 or 16 bytes in network order.
std::string AddressText(const std::string& bytes);

// "127.0.0.1:4711", "[::1]:4711". `ip` is its 4 or 16 bytes in network order; an IPv4 address in IPv6's clothes
// (::ffff:127.0.0.1) is written as what it is.
std::string SocketAddressText(absl::string_view ip, int port);

// Where the socket is connected; empty when it is no connected TCP socket.
std::optional<std::string> LocalAddress(int socket);
std::optional<std::string> RemoteAddress(int socket);

// The peer's IP address, its 4 or 16 bytes in network order; an IPv4 address in IPv6's clothes is 4. Empty as above.
std::string RemoteIp(int socket);

std::optional<std::string> SocketAddressText(const sockaddr_storage& address);

}  // namespace pinion

#endif  // PINION_BASE_SOCKET_ADDRESS_H_
