// Parses addresses to connect to or to listen on.
#ifndef PINION_BASE_HOST_PORT_H_
#define PINION_BASE_HOST_PORT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace pinion {

struct HostPort {
  std::string host;  // a name or an address, without brackets
  int port = 0;
};

// Parses a port from 0 to 65535, digits only. Returns InvalidArgument otherwise.
absl::StatusOr<int> ParsePort(absl::string_view text);

// Parses "HOST:PORT" or "[V6]:PORT". Returns InvalidArgument with the error, such as a port of 65536 or an IPv6 address
// without brackets. Does not resolve the host.
absl::StatusOr<HostPort> ParseHostPort(absl::string_view text);

}  // namespace pinion

#endif  // PINION_BASE_HOST_PORT_H_
