// Asks the clients of a server to leave.
#ifndef PINION_TRANSPORT_DEBIAN_1_51_GOAWAY_H_
#define PINION_TRANSPORT_DEBIAN_1_51_GOAWAY_H_

#include <grpcpp/server.h>

namespace pinion {

// Sends GOAWAY (RFC 9113 §6.8) on each live connection of a server that has started and is not shut down: its client
// begins no more calls on it, the calls that run finish, and then gRPC closes it. A connection that was asked before is
// not asked again. Any thread.
void SendGoaways(grpc::Server* server);

}  // namespace pinion

#endif  // PINION_TRANSPORT_DEBIAN_1_51_GOAWAY_H_
