// Parses the target of a channel. Private to client/.
#ifndef PINION_CLIENT_CHANNEL_TARGET_H_
#define PINION_CLIENT_CHANNEL_TARGET_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace pinion {

// The target of a channel. Only TCP is supported, since Pinion finds and closes live connections by their TCP
// addresses.
struct ChannelTarget {
  // One of
  //   HOST, HOST:PORT, dns:HOST:PORT, dns:///HOST:PORT, dns://SERVER/HOST:PORT
  //   ipv4:ADDRESS:PORT, ipv6:[ADDRESS]:PORT, and lists of these such as ipv4:ADDRESS:PORT,ADDRESS:PORT
  // Ports are from 1 to 65535. Returns InvalidArgument, with a list of the forms, for everything else: other schemes
  // (unix, vsock, xds, …) in upper or lower case, and IPv6 zones.
  static absl::StatusOr<ChannelTarget> Parse(absl::string_view text);

  // For gRPC; always with a scheme, so that a host name is not parsed as a scheme.
  std::string text;
  // Whether it is a list of addresses, which contains no host name.
  bool is_list = false;
};

}  // namespace pinion

#endif  // PINION_CLIENT_CHANNEL_TARGET_H_
