// Asks the clients of a server to close their connections.
#ifndef PINION_TRANSPORT_GOAWAY_H_
#define PINION_TRANSPORT_GOAWAY_H_

#include <grpcpp/server.h>

#include "absl/time/time.h"

namespace pinion {

// Sends GOAWAY (RFC 9113 §6.8) on each live connection of a server that has started and is not shut down: the client
// starts no more calls on the connection, running calls finish, and then gRPC closes it. GOAWAY is sent only once on
// each connection. One of gRPC's threads sends it; if none is free within `at_most`, nothing is sent. This function
// must therefore not be called within a gRPC callback.
void SendGoaways(grpc::Server* server, absl::Duration at_most);

}  // namespace pinion

#endif  // PINION_TRANSPORT_GOAWAY_H_
