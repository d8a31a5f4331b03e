// The targets that a channel may have. Private to client/.
#ifndef PINION_CLIENT_CHANNEL_TARGET_H_
#define PINION_CLIENT_CHANNEL_TARGET_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace pinion {

// Where a channel connects to: TCP alone, since Pinion finds and closes live connections by their TCP addresses.
struct ChannelTarget {
  // One of
  //   HOST, HOST:PORT, dns:HOST:PORT, dns:///HOST:PORT, dns://SERVER/HOST:PORT
  //   ipv4:ADDRESS:PORT, ipv6:[ADDRESS]:PORT, and lists of these such as ipv4:ADDRESS:PORT,ADDRESS:PORT
  // Ports are from 1 to 65535. InvalidArgument, which lists the forms, for everything else: other schemes (unix, vsock,
  // xds, …), in whatever case, and IPv6 zones.
  static absl::StatusOr<ChannelTarget> Parse(absl::string_view text);

  // For gRPC, always with a scheme, so that no host name is taken for one.
  std::string text;
  // Of more than one address: there is no host name in it.
  bool is_list = false;
};

}  // namespace pinion

#endif  // PINION_CLIENT_CHANNEL_TARGET_H_
