// A port of a gRPC server whose connections Pinion accepts itself.
#ifndef PINION_TRANSPORT_SERVER_PORT_H_
#define PINION_TRANSPORT_SERVER_PORT_H_

#include <grpcpp/security/authorization_policy_provider.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>

#include <functional>
#include <memory>

#include "pinion/workload_options.h"

namespace pinion {

// Passes a connection that was accepted on a listening descriptor to a started server, which takes ownership of the
// connection's descriptor.
using HandOver = std::function<void(int listening_fd, int connection_fd)>;

// The credentials and the authorization of a port, and a notification of the server's start.
struct ServerPort {
  std::shared_ptr<grpc::ServerCredentials> credentials;
  std::shared_ptr<grpc::experimental::AuthorizationPolicyProviderInterface> authorization;
  // Called when the server has started. A connection that is handed over earlier is lost.
  std::function<void()> on_started;
};

// Whether a port was already added to the builder. gRPC supports only one authorization policy per server, so a second
// port would replace the policy of the first.
bool HasPort(grpc::ServerBuilder* builder);

// Adds the port to a builder that has none, with the options' limits and channelz. The result must not be used after
// the server or gRPC is shut down.
HandOver AddPort(ServerPort port, const ServerOptions& options, grpc::ServerBuilder* builder);

}  // namespace pinion

#endif  // PINION_TRANSPORT_SERVER_PORT_H_
