// `pinion serve`: the echo service, health and reflection under mutual TLS.
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <iostream>
#include <memory>

#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "pinion/echo/echo_service.h"
#include "pinion/workload.h"
#include "tools/pinion/blocked_signals.h"
#include "tools/pinion/command.h"
#include "tools/pinion/observation.h"

namespace pinion::cli {
namespace {

// The time for running calls to finish after the drain window.
constexpr auto kLastCalls = std::chrono::seconds(10);
// A connection costs two descriptors, and the usual soft limit is 1,024.
constexpr rlim_t kDescriptors = 32'768;

void RaiseDescriptorLimit() {
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= kDescriptors) return;
  limit.rlim_cur = std::min(kDescriptors, limit.rlim_max);
  setrlimit(RLIMIT_NOFILE, &limit);
}

// Waits for clients to reconnect elsewhere and for their calls to finish. A second signal ends the wait.
void Drain(Listener* listener, grpc::Server* server, absl::Duration window, const sigset_t& signals) {
  const absl::Time end = absl::Now() + window;
  const timespec now = {};
  while (absl::Now() < end && !listener->Drain(*server, absl::Milliseconds(100))) {
    const int signal = sigtimedwait(&signals, nullptr, &now);
    if (signal == SIGTERM || signal == SIGINT) return;
  }
}

struct Arguments {
  std::string config;
  std::string address = "127.0.0.1:8443";
  ObservationArguments observation;
};

int Run(const Arguments& arguments) {
  const sigset_t signals = BlockSignals();
  RaiseDescriptorLimit();
  absl::StatusOr<WorkloadOptions> options = WorkloadOptions::FromFile(arguments.config);
  if (!options.ok()) return Unusable(options.status());
  options->events = MakeEventLog(arguments.observation);
  const absl::StatusOr<std::shared_ptr<Workload>> workload = Workload::Create(*options);
  if (!workload.ok()) return Unusable(workload.status());

  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  EchoService echo;
  grpc::ServerBuilder builder;
  const absl::StatusOr<std::unique_ptr<Listener>> listener = (*workload)->Listen(builder, arguments.address);
  if (!listener.ok()) return Unusable(listener.status());
  builder.RegisterService(&echo);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) return Unusable(absl::UnavailableError("cannot start the server"));
  const absl::StatusOr<Observation> observation = Observe(arguments.observation, *workload);
  if (!observation.ok()) return Unusable(observation.status());
  for (const std::string& address : (*listener)->unavailable_addresses()) {
    std::cerr << "pinion: not listening on " << address << "\n";
  }
  const absl::string_view host = absl::string_view(arguments.address).substr(0, arguments.address.rfind(':'));
  std::cout << "listening on " << host << ":" << (*listener)->port() << std::endl;

  int signal = SIGHUP;
  while (signal == SIGHUP) {
    sigwait(&signals, &signal);
    if (signal == SIGHUP) (*workload)->Reload();
  }
  if (observation->admin != nullptr) observation->admin->SetDraining();
  Drain(listener->get(), server.get(), options->drain_window, signals);
  server->Shutdown(std::chrono::system_clock::now() + kLastCalls);
  server->Wait();
  return kYes;
}

}  // namespace

void AddServe(CLI::App* app, int* exit_code) {
  CLI::App* command = app->add_subcommand("serve", "Serve echo, health and reflection under mutual TLS");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("--config", arguments->config, "server configuration file")->required();
  command->add_option("--address", arguments->address, "HOST:PORT to listen on; * is every address, port 0 a free one")
      ->capture_default_str();
  AddObservationOptions(command, &arguments->observation);
  command->footer(
      "Examples:\n"
      "  pinion serve --config server.json --address 127.0.0.1:0\n"
      "  pinion serve --config server.json --status-file status.json\n"
      "  pinion serve --config server.json --admin 127.0.0.1:9464\n"
      "Prints \"listening on HOST:PORT\" once it does, and on stderr which of the host's addresses this machine does "
      "not\nhave; then it logs handshake events on stderr.\n"
      "Its files are reloaded when they change, and at SIGHUP. Invalid files are rejected and logged; the last good "
      "version stays active.\n"
      "Clients whose key is revoked are disconnected at once, others that are no longer accepted within drain_window.\n"
      "SIGTERM and SIGINT stop accepting, ask each client to make its next calls elsewhere, wait for those that run\n"
      "(drain_window and 10 s more at most), and exit with 0. A second signal waits for the 10 s alone.");
  command->callback([arguments, exit_code] { *exit_code = Run(*arguments); });
}

}  // namespace pinion::cli
