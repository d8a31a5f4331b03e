// `pinion adoption`: answers for processes that take no part in the exchange about the next key of their server.
#include <atomic>
#include <iostream>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "pinion/base/printable.h"
#include "pinion/base/rfc3339.h"
#include "pinion/base/steady_clock.h"
#include "pinion/event_log.h"
#include "pinion/workload.h"
#include "tools/pinion/command.h"
#include "tools/pinion/interruption.h"

namespace pinion::cli {
namespace {

constexpr absl::Duration kSlice = absl::Milliseconds(50);

struct Arguments {
  std::string config;
  std::string target;
  std::string authority;
  bool once = false;
  absl::Duration timeout = absl::Seconds(30);
};

// Prints each answer, and remembers the last one.
class AnswerLog final : public EventSink {
 public:
  void OnHandshake(const HandshakeEvent& event) override { log_.OnHandshake(event); }
  void OnReload(const ReloadEvent& event) override { log_.OnReload(event); }
  void OnExpiry(const ExpiryEvent& event) override { log_.OnExpiry(event); }
  void OnConnection(const ConnectionEvent& event) override { log_.OnConnection(event); }
  void OnEventsLost(int64_t count) override { log_.OnEventsLost(count); }
  void OnAdoption(const AdoptionEvent& event) override {
    if (event.answer == v1::REASON_UNSPECIFIED) return log_.OnAdoption(event);
    std::cout << FormatRfc3339(event.time) << " " << Printable(event.text) << std::endl;
    answer_ = event.answer;
  }
  // REASON_UNSPECIFIED before the first one. Thread-safe.
  v1::Reason answer() const { return answer_; }

 private:
  EventLog log_;
  std::atomic<v1::Reason> answer_{v1::REASON_UNSPECIFIED};
};

// The files of the configuration, for a process that only answers.
absl::StatusOr<WorkloadOptions> OptionsFrom(const std::string& config) {
  absl::StatusOr<WorkloadOptions> options = WorkloadOptions::FromFile(config);
  if (!options.ok()) return options;
  // These belong to the process whose configuration this is.
  options->state_dir.clear();
  options->recorded_handshakes_dir.clear();
  options->shadow_pin_set = DataSource();
  options->next_certificate = options->next_private_key = DataSource();
  options->adoption = AdoptionOptions();
  options->adoption.attests = true;
  return options;
}

int Report(const Arguments& arguments) {
  absl::StatusOr<WorkloadOptions> options = OptionsFrom(arguments.config);
  if (!options.ok()) return Unusable(options.status());
  const auto log = std::make_shared<AnswerLog>();
  options->events = log;
  const absl::StatusOr<std::shared_ptr<Workload>> workload = Workload::Create(*std::move(options));
  if (!workload.ok()) return Unusable(workload.status());
  grpc::ChannelArguments channel_arguments;
  if (!arguments.authority.empty()) channel_arguments.SetString(GRPC_ARG_DEFAULT_AUTHORITY, arguments.authority);
  const auto channel = (*workload)->CreateChannel(arguments.target, channel_arguments);
  if (!channel.ok()) return Unusable(channel.status());
  NoteInterruptions();
  const absl::Time end = arguments.once ? SteadyNow() + arguments.timeout : absl::InfiniteFuture();
  while (!interrupted && SteadyNow() < end && !(arguments.once && log->answer() != v1::REASON_UNSPECIFIED)) {
    // Without a call, gRPC makes a connection only while a thread waits for it.
    (*channel)->WaitForConnected(absl::ToChronoTime(absl::Now() + kSlice));
    absl::SleepFor(kSlice);
  }
  if (!arguments.once || log->answer() == v1::ACCEPTED) return kYes;
  if (log->answer() != v1::REASON_UNSPECIFIED) return kNo;
  const std::string target = Printable(arguments.target);
  if (interrupted)
    return Unusable(absl::CancelledError(absl::StrCat("interrupted before ", target, " asked anything")));
  if ((*channel)->GetState(/*try_to_connect=*/false) == GRPC_CHANNEL_READY) {
    return Unusable(
        absl::NotFoundError(absl::StrCat(target, " asked nothing within ", absl::FormatDuration(arguments.timeout),
                                         ": it has no next key, or takes no part")));
  }
  const std::optional<Refusal> refusal = (*workload)->LastRefusal(arguments.target);
  return Unusable(absl::UnavailableError(
      absl::StrCat("no connection to ", target, refusal.has_value() ? ": " + refusal->text : "")));
}

void AddReport(CLI::App* adoption, int* exit_code) {
  CLI::App* command =
      adoption->add_subcommand("report", "Tell a server whether the files on this host would accept its next key");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("--config", arguments->config, "a configuration with the files that the clients use")->required();
  command->add_option("TARGET", arguments->target, "HOST:PORT")->required();
  command->add_option("--authority", arguments->authority, "verify the server as this host instead of TARGET's");
  command->add_flag("--once", arguments->once, "end after the first answer");
  AddDurationOption(command, "--timeout", &arguments->timeout, absl::Seconds(1),
                    "how long --once waits for a question");
  command->footer(
      "Examples:\n"
      "  pinion adoption report --config orders.json localhost:8443 --once --timeout 10s\n"
      "For clients of the server on this host that are not Pinion's, under the same name. While it runs, the server\n"
      "counts their connections from this address as ATTESTED instead of SILENT, by the pin file, the roots and the\n"
      "time on this host. It speaks for these files, not for the processes: see that the clients use them. Run one "
      "for\n"
      "each server and each host name that they call, by the address that they use.\n"
      "Each answer goes to stdout, other events to stderr. It runs until SIGINT or SIGTERM, and follows its files.\n"
      "Exit code: 0 accepted, or without --once; 1 it would refuse the next key; 2 unusable input, no connection, or\n"
      "  --once was asked nothing.");
  command->callback([arguments, exit_code] { *exit_code = Report(*arguments); });
}

}  // namespace

void AddAdoption(CLI::App* app, int* exit_code) {
  CLI::App* command = app->add_subcommand("adoption", "Take part in the exchange about next keys for others");
  command->require_subcommand(1);
  AddReport(command, exit_code);
  command->footer("Example:\n  pinion adoption report --config orders.json localhost:8443 --once --timeout 10s");
}

}  // namespace pinion::cli
