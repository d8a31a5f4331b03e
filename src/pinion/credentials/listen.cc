#include "pinion/credentials/listen.h"

#include <grpcpp/impl/server_builder_option.h>
#include <grpcpp/impl/server_builder_plugin.h>

#include <algorithm>
#include <climits>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "pinion/authorization/grpc_filter.h"
#include "pinion/credentials/event_queue.h"
#include "pinion/credentials/listening_port.h"
#include "pinion/credentials/server_credentials.h"

namespace pinion {
namespace {

// gRPC tells plug-ins when a server has started: a connection handed over before would be lost.
class StartWithServer final : public grpc::ServerBuilderPlugin {
 public:
  explicit StartWithServer(std::weak_ptr<ListeningPort> port) : port_(std::move(port)) {}
  std::string name() override { return "pinion"; }
  void InitServer(grpc::ServerInitializer* /*server*/) override {}
  void Finish(grpc::ServerInitializer* /*server*/) override {
    if (const std::shared_ptr<ListeningPort> port = port_.lock(); port != nullptr) port->Start();
  }
  void ChangeArguments(const std::string& /*name*/, void* /*value*/) override {}

 private:
  const std::weak_ptr<ListeningPort> port_;
};

class WithPlugin final : public grpc::ServerBuilderOption {
 public:
  explicit WithPlugin(std::weak_ptr<ListeningPort> port) : port_(std::move(port)) {}
  void UpdateArguments(grpc::ChannelArguments* /*arguments*/) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
    plugins->push_back(std::make_unique<StartWithServer>(port_));
  }

 private:
  const std::weak_ptr<ListeningPort> port_;
};

int Milliseconds(absl::Duration duration) {
  return static_cast<int>(std::clamp<int64_t>(absl::ToInt64Milliseconds(duration), 1, INT_MAX));
}

// A builder makes one server, and gRPC knows one policy a server, so a second port would take the first one's away.
absl::Status Claim(const grpc::ServerBuilder* builder, const std::shared_ptr<ListeningPort>& port) {
  static std::mutex* const mutex = new std::mutex();
  static auto* const claims = new std::map<const grpc::ServerBuilder*, std::weak_ptr<ListeningPort>>();
  const std::lock_guard<std::mutex> lock(*mutex);
  for (auto it = claims->begin(); it != claims->end();) {
    it = it->second.expired() ? claims->erase(it) : std::next(it);
  }
  // Another builder may have had the same address, but not before its server was started.
  const auto [claim, is_first] = claims->emplace(builder, port);
  if (is_first) return absl::OkStatus();
  const std::shared_ptr<ListeningPort> other = claim->second.lock();
  if (other != nullptr && !other->started()) {
    return absl::FailedPreconditionError("this builder listens already; make a second server for a second address");
  }
  claim->second = port;
  return absl::OkStatus();
}

bool HasPolicy(const ServerOptions& options) {
  const bool from_file = options.reload_from.has_value() && !options.reload_from->authorization_policy_file.empty();
  return options.policy != nullptr || from_file;
}

void SetArguments(const ServerOptions& options, grpc::ServerBuilder* builder) {
  const ServerLimits& limits = options.limits;
  builder->AddChannelArgument(GRPC_ARG_ENABLE_CHANNELZ, 1);
  builder->AddChannelArgument(GRPC_ARG_MAX_CHANNEL_TRACE_EVENT_MEMORY_PER_NODE, 0);
  builder->AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, Milliseconds(limits.handshake_timeout));
  builder->AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, limits.max_streams_per_connection);
  builder->AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, limits.max_metadata_bytes);
  // gRPC adds or takes off a tenth at random.
  builder->AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, Milliseconds(options.drain_window * 0.9));
}

}  // namespace

Listener::Listener(std::shared_ptr<ListeningPort> port) : port_(std::move(port)) {}
Listener::~Listener() = default;
int Listener::port() const { return port_->port(); }
const std::vector<std::string>& Listener::unavailable_addresses() const { return port_->unavailable_addresses(); }
void Listener::Stop() { port_->Stop(); }

absl::StatusOr<std::unique_ptr<Listener>> Listen(grpc::ServerBuilder& builder, const std::string& address,
                                                 const ServerOptions& given) {
  const ServerOptions options = WithEventQueue(given);
  if (!HasPolicy(options)) {
    return absl::InvalidArgumentError(
        "ServerOptions: policy is missing; AuthorizationPolicy::AllowEveryAuthenticatedPeer() allows everything");
  }
  absl::StatusOr<ServerCredentialsParts> parts = MakeServerCredentialsParts(options);
  if (!parts.ok()) return parts.status();
  auto guard = std::make_shared<CallGuard>(parts->material, parts->gate, options);
  auto authorization = MakeAuthorizationProvider([guard](CallToAuthorize& call) { return guard->Allow(call); });
  if (!authorization.ok()) return authorization.status();
  absl::StatusOr<std::unique_ptr<AcceptLoop>> loop =
      AcceptLoop::Open({address, options.limits.max_handshakes, options.limits.handshake_timeout});
  if (!loop.ok()) return loop.status();
  ListeningPort::Acceptor acceptor = builder.experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD, parts->credentials);
  auto port = std::make_shared<ListeningPort>(
      *std::move(loop), std::move(acceptor), parts->material, std::move(guard),
      LiveConnections::Settings{Side::kServer, parts->gate, options.events, options.clock, options.drain_window});
  if (absl::Status status = Claim(&builder, port); !status.ok()) return status;
  builder.experimental().SetAuthorizationPolicyProvider(*std::move(authorization));
  SetArguments(options, &builder);
  builder.SetOption(std::make_unique<WithPlugin>(port));
  return std::make_unique<Listener>(std::move(port));
}

}  // namespace pinion
