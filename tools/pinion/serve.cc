// `pinion serve`: the echo service, health and reflection under mutual TLS.
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <pthread.h>

#include <chrono>
#include <csignal>
#include <iostream>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "pinion/credentials/server.h"
#include "pinion/echo/echo_service.h"
#include "tools/pinion/command.h"
#include "tools/pinion/event_log.h"

namespace pinion::cli {
namespace {

constexpr auto kDrain = std::chrono::seconds(10);
constexpr int kHandshakeTimeoutMs = 10'000;
constexpr int kMaxStreamsPerConnection = 1000;
// Clients come back with a new handshake, and meet the certificate and the pins of that day; running streams go on.
constexpr int kMaxConnectionAgeMs = 15 * 60 * 1000;
constexpr int kMaxMetadataBytes = 16 * 1024;

struct Arguments {
  std::string config;
  std::string address = "127.0.0.1:8443";
};

// From here on these signals wait for sigwait. Must run before gRPC starts its threads, which inherit it.
sigset_t BlockSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

void SetLimits(grpc::ServerBuilder* builder) {
  builder->AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder->AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kHandshakeTimeoutMs);
  builder->AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxStreamsPerConnection);
  builder->AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMaxMetadataBytes);
  builder->AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, kMaxConnectionAgeMs);
}

int Run(const Arguments& arguments) {
  const sigset_t signals = BlockSignals();
  absl::StatusOr<ServerOptions> options = ServerOptions::FromFile(arguments.config);
  if (!options.ok()) return Unusable(options.status());
  options->events = std::make_shared<EventLog>();
  const absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> credentials = MakeServerCredentials(*options);
  if (!credentials.ok()) return Unusable(credentials.status());

  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  EchoService echo;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(arguments.address, *credentials, &port);
  builder.RegisterService(&echo);
  SetLimits(&builder);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr || port == 0) {
    return Unusable(absl::UnavailableError(absl::StrCat("cannot listen on ", arguments.address)));
  }
  const absl::string_view host = absl::string_view(arguments.address).substr(0, arguments.address.rfind(':'));
  std::cout << "listening on " << host << ":" << port << std::endl;

  int signal = SIGHUP;
  while (signal == SIGHUP) {
    sigwait(&signals, &signal);
    if (signal == SIGHUP) options->reload->ReloadNow();
  }
  server->Shutdown(std::chrono::system_clock::now() + kDrain);
  server->Wait();
  return kYes;
}

}  // namespace

void AddServe(CLI::App* app, int* exit_code) {
  CLI::App* command = app->add_subcommand("serve", "Serve echo, health and reflection under mutual TLS");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("--config", arguments->config, "server configuration file")->required();
  command->add_option("--address", arguments->address, "HOST:PORT to listen on; port 0 takes a free one")
      ->capture_default_str();
  command->footer(
      "Prints \"listening on HOST:PORT\" once it does, then what happens in handshakes, on stderr.\n"
      "Its files are reloaded when they change, and at SIGHUP; what is bad changes nothing and is said.\n"
      "SIGTERM and SIGINT let running calls finish (10 s at most) and exit with 0.\n"
      "Example:\n  pinion serve --config server.json --address 127.0.0.1:0");
  command->callback([arguments, exit_code] { *exit_code = Run(*arguments); });
}

}  // namespace pinion::cli
