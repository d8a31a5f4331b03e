#include "pinion/server/admission/listening_sockets.h"

#include <netdb.h>
#include <netinet/in.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "pinion/base/descriptor.h"
#include "pinion/base/printable.h"
#include "pinion/base/socket_address.h"

namespace pinion {
namespace {

void SetOption(int socket, int level, int name, int value) { setsockopt(socket, level, name, &value, sizeof(value)); }

int PortOf(int socket) {
  sockaddr_storage address = {};
  socklen_t size = sizeof(address);
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(address).sin6_port
                                             : reinterpret_cast<sockaddr_in&>(address).sin_port);
}

void SetPort(int port, sockaddr_storage* address) {
  if (address->ss_family == AF_INET6) {
    reinterpret_cast<sockaddr_in6*>(address)->sin6_port = htons(port);
  } else {
    reinterpret_cast<sockaddr_in*>(address)->sin_port = htons(port);
  }
}

// Returns a listening socket; -1, with errno set, on failure.
int ListenOn(const sockaddr_storage& address) {
  const int family = address.ss_family;
  const int socket = AboveStandardStreams(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (socket < 0) return -1;
  SetOption(socket, SOL_SOCKET, SO_REUSEADDR, 1);
  // "[::]" also accepts IPv4, as gRPC's own listener does.
  if (family == AF_INET6) SetOption(socket, IPPROTO_IPV6, IPV6_V6ONLY, 0);
  const socklen_t size = family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  if (bind(socket, reinterpret_cast<const sockaddr*>(&address), size) == 0 && listen(socket, SOMAXCONN) == 0) {
    return socket;
  }
  const int error = errno;
  close(socket);
  errno = error;
  return -1;
}

bool IsAbsentHere(int error) { return error == EADDRNOTAVAIL || error == EAFNOSUPPORT || error == ENODEV; }

absl::Status Failed(const std::string& address, ListeningSockets* sockets, absl::string_view cause) {
  for (const int descriptor : sockets->descriptors) close(descriptor);
  return absl::UnavailableError(absl::StrCat("cannot listen on ", Printable(address), ": ", cause));
}

sockaddr_storage AnyAddress(sa_family_t family, int port) {
  sockaddr_storage any = {};  // the address is all zeros
  any.ss_family = family;
  SetPort(port, &any);
  return any;
}

}  // namespace

absl::StatusOr<std::vector<sockaddr_storage>> ResolveWithSystem(const HostPort& where) {
  std::vector<sockaddr_storage> resolved;
  if (where.host == "*" || where.host == "::") {
    resolved.push_back(AnyAddress(AF_INET6, where.port));
    const int trial = ListenOn(AnyAddress(AF_INET6, /*port=*/0));
    if (trial < 0) resolved.push_back(AnyAddress(AF_INET, where.port));
    if (trial >= 0) close(trial);
    return resolved;
  }
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(where.host.c_str(), std::to_string(where.port).c_str(), &hints, &found);
  if (error != 0) return absl::UnavailableError(gai_strerror(error));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> addresses(found, &freeaddrinfo);
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    std::memcpy(&resolved.emplace_back(), one->ai_addr, one->ai_addrlen);
  }
  return resolved;
}

absl::StatusOr<ListeningSockets> OpenListeningSockets(const std::string& address, const ResolveHost& resolve) {
  const absl::StatusOr<HostPort> where = ParseHostPort(address);
  if (!where.ok()) return absl::InvalidArgumentError(absl::StrCat("cannot listen: ", where.status().message()));
  absl::StatusOr<std::vector<sockaddr_storage>> addresses = resolve(*where);
  ListeningSockets sockets;
  if (!addresses.ok()) return Failed(address, &sockets, addresses.status().message());
  for (sockaddr_storage& one : *addresses) {
    if (sockets.port != 0) SetPort(sockets.port, &one);  // a second address of the same host
    const int descriptor = ListenOn(one);
    if (descriptor >= 0) {
      sockets.descriptors.push_back(descriptor);
      sockets.port = PortOf(descriptor);
      continue;
    }
    const int error = errno;
    const std::string cause = absl::StrCat(SocketAddressText(one).value_or("an address"), ": ", std::strerror(error));
    if (!IsAbsentHere(error)) return Failed(address, &sockets, cause);
    sockets.unavailable.push_back(cause);
  }
  if (sockets.descriptors.empty()) return Failed(address, &sockets, absl::StrJoin(sockets.unavailable, ", "));
  return sockets;
}

}  // namespace pinion
