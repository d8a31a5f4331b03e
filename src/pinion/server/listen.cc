#include "pinion/server/listen.h"

#include <utility>

#include "pinion/server/admission/accepted_connections.h"
#include "pinion/server/server_credentials_parts.h"
#include "pinion/server/server_listener.h"
#include "pinion/transport/authorization_filter.h"
#include "pinion/transport/server_port.h"

namespace pinion {

Listener::Listener(std::shared_ptr<ServerListener> port) : port_(std::move(port)) {}
Listener::~Listener() = default;
int Listener::port() const { return port_->port(); }
const std::vector<std::string>& Listener::unavailable_addresses() const { return port_->unavailable_addresses(); }
void Listener::Stop() { port_->Stop(); }
bool Listener::Drain(grpc::Server& server, absl::Duration at_most) { return port_->Drain(&server, at_most); }

absl::StatusOr<std::unique_ptr<Listener>> Listen(const WorkloadParts& parts, grpc::ServerBuilder& builder,
                                                 const std::string& address) {
  if (HasPort(&builder)) {
    return absl::FailedPreconditionError("this builder already listens; make a second server for a second address");
  }
  const ServerLimits& limits = parts.options.server->limits;
  auto accepted = std::make_shared<AcceptedConnections>(
      AcceptedConnections::Limits{limits.max_handshakes, limits.handshake_timeout, limits.max_connections});
  absl::StatusOr<ServerCredentialsParts> made = MakeServerCredentialsParts(parts, accepted);
  if (!made.ok()) return made.status();
  auto call_authorizer = std::make_shared<CallAuthorizer>(parts, made->connection_verifier);
  auto authorization =
      MakeAuthorizationProvider([call_authorizer](CallToAuthorize& call) { return call_authorizer->Allow(call); });
  if (!authorization.ok()) return authorization.status();
  absl::StatusOr<std::unique_ptr<AcceptLoop>> loop = AcceptLoop::Open(address, accepted);
  if (!loop.ok()) return loop.status();
  auto port =
      std::make_shared<ServerListener>(ServerListener::Parts{std::move(accepted), *std::move(loop),
                                                             std::move(call_authorizer), made->connection_verifier},
                                       parts);
  // Nothing fails after this point, so only a successful Listen changes the builder.
  if (parts.exchange != nullptr) port->set_exchanges(parts.exchange->Serve(&builder, made->connection_verifier));
  const std::weak_ptr<ServerListener> weak = port;
  port->set_hand_over(AddPort({made->credentials, *std::move(authorization),
                               [weak] {
                                 if (const auto self = weak.lock(); self != nullptr) self->Start();
                               }},
                              *parts.options.server, &builder));
  return std::make_unique<Listener>(std::move(port));
}

}  // namespace pinion
