// The sockets that a server listens on. Private to server/admission/.
#ifndef PINION_SERVER_ADMISSION_LISTENING_SOCKETS_H_
#define PINION_SERVER_ADMISSION_LISTENING_SOCKETS_H_

#include <sys/socket.h>

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "pinion/base/host_port.h"

namespace pinion {

struct ListeningSockets {
  std::vector<int> descriptors;  // the caller closes them
  int port = 0;                  // of all of them
  // The host's other addresses, which this machine cannot listen on, each with the cause: "[::1]:8443: Cannot assign
  // requested address".
  std::vector<std::string> unavailable;
};

// The addresses of a host, in the order in which they are tried. Unavailable where it has none.
using ResolveHost = std::function<absl::StatusOr<std::vector<sockaddr_storage>>(const HostPort& where)>;
// By the system's resolver. "*" and "::" are every address of this machine: IPv6's, which includes IPv4's, or IPv4's
// alone where there is no IPv6.
absl::StatusOr<std::vector<sockaddr_storage>> ResolveWithSystem(const HostPort& where);

// Listens on each address of "HOST:PORT" that this machine has; port 0 takes a free one, the same for all. Addresses of
// a family or an interface that is not here are left out and named in `unavailable`, as long as one is left.
// InvalidArgument where `address` cannot be parsed. Unavailable where no address is left, or where one is here and
// cannot be had, such as one whose port is taken: another process would get a part of the connections.
absl::StatusOr<ListeningSockets> OpenListeningSockets(const std::string& address,
                                                      const ResolveHost& resolve = ResolveWithSystem);

}  // namespace pinion

#endif  // PINION_SERVER_ADMISSION_LISTENING_SOCKETS_H_
