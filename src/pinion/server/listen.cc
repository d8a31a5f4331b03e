#include "pinion/server/listen.h"

#include <grpcpp/impl/server_builder_option.h>
#include <grpcpp/impl/server_builder_plugin.h>
#include <grpcpp/resource_quota.h>

#include <algorithm>
#include <climits>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "pinion/server/admission/accepted_connections.h"
#include "pinion/server/server_credentials_parts.h"
#include "pinion/server/server_listener.h"
#include "pinion/telemetry/event_queue.h"
#include "pinion/transport/debian_1_51/authorization/authorization_filter.h"

namespace pinion {
namespace {

// gRPC tells plug-ins when a server has started: a connection handed over before would be lost.
class StartWithServer final : public grpc::ServerBuilderPlugin {
 public:
  explicit StartWithServer(std::weak_ptr<ServerListener> port) : port_(std::move(port)) {}
  std::string name() override { return "pinion"; }
  void InitServer(grpc::ServerInitializer* /*server*/) override {}
  void Finish(grpc::ServerInitializer* /*server*/) override {
    if (const std::shared_ptr<ServerListener> port = port_.lock(); port != nullptr) port->Start();
  }
  void ChangeArguments(const std::string& /*name*/, void* /*value*/) override {}

 private:
  const std::weak_ptr<ServerListener> port_;
};

class WithPlugin final : public grpc::ServerBuilderOption {
 public:
  explicit WithPlugin(std::weak_ptr<ServerListener> port) : port_(std::move(port)) {}
  void UpdateArguments(grpc::ChannelArguments* /*arguments*/) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
    plugins->push_back(std::make_unique<StartWithServer>(port_));
  }

 private:
  const std::weak_ptr<ServerListener> port_;
};

int Milliseconds(absl::Duration duration) {
  return static_cast<int>(std::clamp<int64_t>(absl::ToInt64Milliseconds(duration), 1, INT_MAX));
}

// The builders that listen. A builder makes one server, and gRPC knows one policy a server, so a second port would take
// the first one's away.
class Claims {
 public:
  static absl::Status Check(const grpc::ServerBuilder* builder) {
    const std::lock_guard<std::mutex> lock(*Mutex());
    const auto claim = Ports()->find(builder);
    const std::shared_ptr<ServerListener> port = claim == Ports()->end() ? nullptr : claim->second.lock();
    // Another builder may have had the same address; its server had started before.
    if (port == nullptr || port->started()) return absl::OkStatus();
    return absl::FailedPreconditionError("this builder listens already; make a second server for a second address");
  }

  static void Add(const grpc::ServerBuilder* builder, const std::shared_ptr<ServerListener>& port) {
    const std::lock_guard<std::mutex> lock(*Mutex());
    for (auto it = Ports()->begin(); it != Ports()->end();) {
      it = it->second.expired() ? Ports()->erase(it) : std::next(it);
    }
    (*Ports())[builder] = port;
  }

 private:
  static std::mutex* Mutex() {
    static std::mutex* const mutex = new std::mutex();
    return mutex;
  }
  static std::map<const grpc::ServerBuilder*, std::weak_ptr<ServerListener>>* Ports() {
    static auto* const ports = new std::map<const grpc::ServerBuilder*, std::weak_ptr<ServerListener>>();
    return ports;
  }
};

bool HasPolicy(const ServerOptions& options) {
  const bool from_file = options.reload_from.has_value() && !options.reload_from->authorization_policy_file.empty();
  return options.policy != nullptr || from_file;
}

absl::Status Check(const ServerOptions& options) {
  if (!HasPolicy(options)) {
    return absl::InvalidArgumentError(
        "ServerOptions: policy is missing; AuthorizationPolicy::AllowEveryAuthenticatedPeer() allows everything");
  }
  const ServerLimits& limits = options.limits;
  const std::pair<const char*, int> positive[] = {{"max_handshakes", limits.max_handshakes},
                                                  {"max_connections", limits.max_connections},
                                                  {"max_connections_per_key", limits.max_connections_per_key},
                                                  {"max_streams_per_connection", limits.max_streams_per_connection},
                                                  {"max_metadata_bytes", limits.max_metadata_bytes}};
  for (const auto& [name, value] : positive) {
    if (value < 1) return absl::InvalidArgumentError(absl::StrCat("ServerLimits: ", name, " must be at least 1"));
  }
  if (options.max_connection_age <= absl::ZeroDuration()) {
    return absl::InvalidArgumentError("ServerOptions: max_connection_age must be more than 0");
  }
  if (limits.max_call_threads < ServerLimits::kLeastCallThreads) {
    return absl::InvalidArgumentError(
        absl::StrCat("ServerLimits: max_call_threads must be at least ", ServerLimits::kLeastCallThreads));
  }
  return absl::OkStatus();
}

void SetArguments(const ServerOptions& options, grpc::ServerBuilder* builder) {
  const ServerLimits& limits = options.limits;
  builder->AddChannelArgument(GRPC_ARG_ENABLE_CHANNELZ, 1);
  builder->AddChannelArgument(GRPC_ARG_MAX_CHANNEL_TRACE_EVENT_MEMORY_PER_NODE, 0);
  // After the accept loop's own, so that this knows why a handshake ended.
  builder->AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS,
                              Milliseconds(limits.handshake_timeout + absl::Seconds(1)));
  builder->AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, limits.max_streams_per_connection);
  builder->AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, limits.max_metadata_bytes);
  grpc::ResourceQuota quota("pinion");
  quota.SetMaxThreads(limits.max_call_threads);
  builder->SetResourceQuota(quota);
  if (options.max_connection_age < absl::InfiniteDuration()) {
    builder->AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, Milliseconds(options.max_connection_age));
  }
}

}  // namespace

Listener::Listener(std::shared_ptr<ServerListener> port) : port_(std::move(port)) {}
Listener::~Listener() = default;
int Listener::port() const { return port_->port(); }
const std::vector<std::string>& Listener::unavailable_addresses() const { return port_->unavailable_addresses(); }
void Listener::Stop() { port_->Stop(); }
bool Listener::Drain(grpc::Server& server, absl::Duration at_most) { return port_->Drain(&server, at_most); }

absl::StatusOr<std::unique_ptr<Listener>> Listen(grpc::ServerBuilder& builder, const std::string& address,
                                                 const ServerOptions& given) {
  const ServerOptions options = WithEventQueue(given);
  if (absl::Status status = Check(options); !status.ok()) return status;
  if (absl::Status status = Claims::Check(&builder); !status.ok()) return status;
  auto accepted = std::make_shared<AcceptedConnections>(AcceptedConnections::Limits{
      options.limits.max_handshakes, options.limits.handshake_timeout, options.limits.max_connections});
  absl::StatusOr<ServerCredentialsParts> parts = MakeServerCredentialsParts(options, accepted);
  if (!parts.ok()) return parts.status();
  auto call_authorizer = std::make_shared<CallAuthorizer>(parts->trust_state, parts->connection_verifier, options);
  auto authorization =
      MakeAuthorizationProvider([call_authorizer](CallToAuthorize& call) { return call_authorizer->Allow(call); });
  if (!authorization.ok()) return authorization.status();
  absl::StatusOr<std::unique_ptr<AcceptLoop>> loop = AcceptLoop::Open(address, accepted);
  if (!loop.ok()) return loop.status();
  // Nothing fails from here on, so that a builder is changed by a Listen that succeeds alone.
  ServerListener::Acceptor acceptor = builder.experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD, parts->credentials);
  auto port = std::make_shared<ServerListener>(
      ServerListener::Parts{std::move(accepted), *std::move(loop), std::move(acceptor), parts->trust_state,
                            std::move(call_authorizer), parts->connection_verifier},
      options);
  Claims::Add(&builder, port);
  builder.experimental().SetAuthorizationPolicyProvider(*std::move(authorization));
  SetArguments(options, &builder);
  builder.SetOption(std::make_unique<WithPlugin>(port));
  return std::make_unique<Listener>(std::move(port));
}

}  // namespace pinion
