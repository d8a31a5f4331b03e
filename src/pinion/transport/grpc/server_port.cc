#include "pinion/transport/server_port.h"

#include <grpcpp/impl/server_builder_option.h>
#include <grpcpp/impl/server_builder_plugin.h>
#include <grpcpp/resource_quota.h>

#include <algorithm>
#include <climits>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"

namespace pinion {
namespace {

// gRPC notifies plug-ins when a server has started.
class StartPlugin final : public grpc::ServerBuilderPlugin {
 public:
  explicit StartPlugin(std::function<void()> on_started) : on_started_(std::move(on_started)) {}
  std::string name() override { return "pinion"; }
  void InitServer(grpc::ServerInitializer* /*server*/) override {}
  void Finish(grpc::ServerInitializer* /*server*/) override { on_started_(); }
  void ChangeArguments(const std::string& /*name*/, void* /*value*/) override {}

 private:
  const std::function<void()> on_started_;
};

class WithPlugin final : public grpc::ServerBuilderOption {
 public:
  explicit WithPlugin(std::function<void()> on_started) : on_started_(std::move(on_started)) {}
  void UpdateArguments(grpc::ChannelArguments* /*arguments*/) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
    plugins->push_back(std::make_unique<StartPlugin>(on_started_));
  }

 private:
  const std::function<void()> on_started_;
};

int Milliseconds(absl::Duration duration) {
  return static_cast<int>(std::clamp<int64_t>(absl::ToInt64Milliseconds(duration), 1, INT_MAX));
}

void SetArguments(const ServerOptions& options, grpc::ServerBuilder* builder) {
  const ServerLimits& limits = options.limits;
  builder->AddChannelArgument(GRPC_ARG_ENABLE_CHANNELZ, 1);
  builder->AddChannelArgument(GRPC_ARG_MAX_CHANNEL_TRACE_EVENT_MEMORY_PER_NODE, 0);
  // Later than the accept loop's timeout, so that the loop reports why the handshake ended.
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

// Provides access to the protected members of the builder.
class BuilderView final : public grpc::ServerBuilder {
 public:
  static std::vector<grpc::ServerBuilderOption*> OptionsOf(grpc::ServerBuilder* builder) {
    return (builder->*(&BuilderView::options))();
  }
};

}  // namespace

bool HasPort(grpc::ServerBuilder* builder) {
  const std::vector<grpc::ServerBuilderOption*> options = BuilderView::OptionsOf(builder);
  return std::any_of(options.begin(), options.end(),
                     [](const auto* option) { return dynamic_cast<const WithPlugin*>(option) != nullptr; });
}

HandOver AddPort(ServerPort port, const ServerOptions& options, grpc::ServerBuilder* builder) {
  // std::function must be copyable; the acceptor is not.
  const std::shared_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor =
      builder->experimental().AddExternalConnectionAcceptor(
          grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD, std::move(port.credentials));
  builder->experimental().SetAuthorizationPolicyProvider(std::move(port.authorization));
  SetArguments(options, builder);
  builder->SetOption(std::make_unique<WithPlugin>(std::move(port.on_started)));
  return [acceptor](int listening_fd, int connection_fd) {
    grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters parameters;
    parameters.listener_fd = listening_fd;
    parameters.fd = connection_fd;
    acceptor->HandleNewConnection(&parameters);
  };
}

}  // namespace pinion
