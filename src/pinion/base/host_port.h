// Where to connect or to listen, as people write it.
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

// The port of a text of digits alone, 0 to 65535. InvalidArgument otherwise.
absl::StatusOr<int> ParsePort(absl::string_view text);

// "HOST:PORT" or "[V6]:PORT". InvalidArgument that says what is missing or wrong, such as a port of 65536 or an IPv6
// address without brackets. Which hosts there are is not looked at.
absl::StatusOr<HostPort> ParseHostPort(absl::string_view text);

}  // namespace pinion

#endif  // PINION_BASE_HOST_PORT_H_
