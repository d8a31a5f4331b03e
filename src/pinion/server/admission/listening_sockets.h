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
  int port = 0;                  // the same for all sockets
  // The host's other addresses, which this machine cannot listen on, each with the cause: "[::1]:8443: Cannot assign
  // requested address".
  std::vector<std::string> unavailable;
};

// Returns the addresses of a host in the order in which they are tried; Unavailable if it has none.
using ResolveHost = std::function<absl::StatusOr<std::vector<sockaddr_storage>>(const HostPort& where)>;
// Uses the system's resolver. "*" and "::" mean every address of this machine: the IPv6 wildcard address, which
// includes IPv4, or the IPv4 wildcard address if there is no IPv6.
absl::StatusOr<std::vector<sockaddr_storage>> ResolveWithSystem(const HostPort& where);

// Listens on each address of "HOST:PORT" that this machine has; port 0 chooses a free port, the same for all addresses.
// Addresses of a family or interface that this machine does not have are skipped and listed in `unavailable`, as long
// as at least one address is left. Returns InvalidArgument if `address` cannot be parsed. Returns Unavailable if no
// address is left, or if this machine cannot listen on an address that it has, for example because the port is in use:
// another process would then receive a part of the connections.
absl::StatusOr<ListeningSockets> OpenListeningSockets(const std::string& address,
                                                      const ResolveHost& resolve = ResolveWithSystem);

}  // namespace pinion

#endif  // PINION_SERVER_ADMISSION_LISTENING_SOCKETS_H_
