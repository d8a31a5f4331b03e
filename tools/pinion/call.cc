// `pinion call`: calls the echo service and reports the results.
#include <atomic>
#include <csignal>
#include <iostream>
#include <memory>

#include "tools/pinion/caller.h"
#include "tools/pinion/command.h"
#include "tools/pinion/observation.h"

namespace pinion::cli {
namespace {

struct Arguments {
  std::string config;
  CallPlan plan;
  std::string output = "table";
  ObservationArguments observation;
};

std::atomic<Caller*> running{nullptr};

// The first SIGINT or SIGTERM ends the calls and reports; a second one kills.
void StopAtSignal() {
  const auto stop = [](int signal) {
    if (Caller* const caller = running; caller != nullptr) caller->Stop();
    std::signal(signal, SIG_DFL);
  };
  std::signal(SIGINT, stop);
  std::signal(SIGTERM, stop);
}

int Run(Arguments arguments) {
  CallPlan& plan = arguments.plan;
  if (plan.count == 0 && plan.duration == absl::ZeroDuration()) plan.count = 1;
  absl::StatusOr<WorkloadOptions> options = WorkloadOptions::FromFile(arguments.config);
  if (!options.ok()) return Unusable(options.status());
  options->state_dir.clear();  // the record is that of the service whose configuration this is
  options->events = MakeEventLog(arguments.observation);
  const absl::StatusOr<std::shared_ptr<Workload>> workload = Workload::Create(*std::move(options));
  if (!workload.ok()) return Unusable(workload.status());
  Caller caller(*workload, plan);
  const absl::StatusOr<Observation> observation = Observe(arguments.observation, *workload);
  if (!observation.ok()) return Unusable(observation.status());
  Tally tally;
  running = &caller;
  StopAtSignal();
  const absl::Status status = caller.Run(&tally);
  running = nullptr;
  if (!status.ok()) return Unusable(status);
  std::cout << (arguments.output == "json" ? tally.Json() : tally.Table());
  return tally.ExitCode();
}

}  // namespace

void AddCall(CLI::App* app, int* exit_code) {
  CLI::App* command = app->add_subcommand("call", "Call the echo service under mutual TLS");
  auto arguments = std::make_shared<Arguments>();
  CallPlan& plan = arguments->plan;
  command->add_option("--config", arguments->config, "client configuration file")->required();
  command->add_option("TARGET", plan.target, "HOST:PORT")->required();
  command->add_option("--authority", plan.authority, "verify the server as this host instead of TARGET's");
  command->add_option("--message", plan.message, "what to send")->capture_default_str();
  command->add_option("--count", plan.count, "number of calls; 1 without --duration")->check(CLI::PositiveNumber);
  AddDurationOption(command, "--duration", &plan.duration, absl::Milliseconds(1),
                    "how long to keep calling, such as 10s");
  command->add_option("--rate", plan.rate, "calls a second")->check(CLI::PositiveNumber);
  command->add_option("--streams", plan.streams, "echo over this many concurrent streams instead of unary calls")
      ->check(CLI::Range(1, 1000));
  command->add_flag("--new-channel", plan.new_channel, "a new connection for each call");
  command->add_flag("--wait-for-ready", plan.wait_for_ready, "wait for a connection instead of failing at once");
  AddDurationOption(command, "--timeout", &plan.timeout, absl::Milliseconds(1), "of each call");
  AddObservationOptions(command, &arguments->observation);
  AddOutputOption(command, &arguments->output);
  command->footer(
      "Examples:\n"
      "  pinion call --config client.json localhost:8443\n"
      "  pinion call --config client.json localhost:8443 --duration 10s --rate 100 --wait-for-ready -o json\n"
      "Handshake events go to stderr, the report to stdout.\n"
      "Exit code: 0 all calls succeeded, 90 the pin set refused the server, 64 + gRPC's code otherwise, 2 unusable "
      "input.\n"
      "JSON: {\"version\": 1, \"ok\", \"failed\", \"failures\": [{\"code\", \"reason\", \"message\", \"count\"}],\n"
      "\"latency_us\": {\"p50\", \"p99\", \"max\"}}.");
  command->callback([arguments, exit_code] { *exit_code = Run(*arguments); });
}

}  // namespace pinion::cli
