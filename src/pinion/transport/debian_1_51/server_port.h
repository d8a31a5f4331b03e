// A port of a gRPC server whose connections Pinion accepts itself.
#ifndef PINION_TRANSPORT_DEBIAN_1_51_SERVER_PORT_H_
#define PINION_TRANSPORT_DEBIAN_1_51_SERVER_PORT_H_

#include <grpcpp/security/authorization_policy_provider.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>

#include <functional>
#include <memory>

#include "pinion/workload_options.h"

namespace pinion {

// Gives a server, once it has started, a connection that was accepted on a listening descriptor. It owns the
// connection's descriptor from then on.
using HandOver = std::function<void(int listening_fd, int connection_fd)>;

// What is judged by whom on the port, and when connections may come.
struct ServerPort {
  std::shared_ptr<grpc::ServerCredentials> credentials;
  std::shared_ptr<grpc::experimental::AuthorizationPolicyProviderInterface> authorization;
  // When the server has started. A connection that is handed over before would be lost.
  std::function<void()> on_started;
};

// Whether a port was added to the builder before. gRPC knows one authorization policy a server, so a second port would
// take the first one's away.
bool HasPort(grpc::ServerBuilder* builder);

// Adds it to a builder that has none, with the options' limits and channelz. What it returns outlives neither the
// server nor this process's gRPC.
HandOver AddPort(ServerPort port, const ServerOptions& options, grpc::ServerBuilder* builder);

}  // namespace pinion

#endif  // PINION_TRANSPORT_DEBIAN_1_51_SERVER_PORT_H_
