#include "pinion/base/socket_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace pinion {
namespace {

template <typename Address>
absl::string_view Bytes(const Address& address) {
  return absl::string_view(reinterpret_cast<const char*>(&address), sizeof(address));
}

// The IPv4 address of an IPv4-mapped address (::ffff:1.2.3.4); any other address is returned unchanged.
absl::string_view Unmapped(absl::string_view ip) {
  constexpr absl::string_view kMapped("\0\0\0\0\0\0\0\0\0\0\xff\xff", 12);
  if (ip.size() == 16 && absl::StartsWith(ip, kMapped)) ip.remove_prefix(kMapped.size());
  return ip;
}

std::optional<std::string> Ask(int (*function)(int, sockaddr*, socklen_t*), int socket) {
  sockaddr_storage address = {};
  socklen_t size = sizeof(address);
  if (function(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) return std::nullopt;
  return SocketAddressText(address);
}

}  // namespace

std::string AddressText(const std::string& bytes) {
  char text[INET6_ADDRSTRLEN] = {};
  inet_ntop(bytes.size() == 4 ? AF_INET : AF_INET6, bytes.data(), text, sizeof(text));
  return text;
}

std::string SocketAddressText(absl::string_view ip, int port) {
  ip = Unmapped(ip);
  const std::string host = AddressText(std::string(ip));
  return ip.size() == 4 ? absl::StrCat(host, ":", port) : absl::StrCat("[", host, "]:", port);
}

std::optional<std::string> SocketAddressText(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    return SocketAddressText(Bytes(v4.sin_addr), ntohs(v4.sin_port));
  }
  if (address.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    return SocketAddressText(Bytes(v6.sin6_addr), ntohs(v6.sin6_port));
  }
  return std::nullopt;
}

std::optional<std::string> LocalAddress(int socket) { return Ask(getsockname, socket); }
std::optional<std::string> RemoteAddress(int socket) { return Ask(getpeername, socket); }

std::string RemoteIp(int socket) {
  sockaddr_storage address = {};
  socklen_t size = sizeof(address);
  if (getpeername(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) return "";
  return std::string(address.ss_family == AF_INET6
                         ? Unmapped(Bytes(reinterpret_cast<const sockaddr_in6&>(address).sin6_addr))
                         : Bytes(reinterpret_cast<const sockaddr_in&>(address).sin_addr));
}

}  // namespace pinion
