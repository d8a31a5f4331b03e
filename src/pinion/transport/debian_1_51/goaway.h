// Asks the clients of a server to leave.
#ifndef PINION_TRANSPORT_DEBIAN_1_51_GOAWAY_H_
#define PINION_TRANSPORT_DEBIAN_1_51_GOAWAY_H_

#include <grpcpp/server.h>

#include "absl/time/time.h"

namespace pinion {

// Sends GOAWAY (RFC 9113 §6.8) on each live connection of a server that has started and is not shut down: its client
// begins no more calls on it, the calls that run finish, and then gRPC closes it. A connection that was asked before is
// not asked again. One of gRPC's threads does it; where none is free in `at_most`, nothing is sent: so it must not be
// called within a callback of gRPC's.
void SendGoaways(grpc::Server* server, absl::Duration at_most);

}  // namespace pinion

#endif  // PINION_TRANSPORT_DEBIAN_1_51_GOAWAY_H_
