#include "tools/pinion/observation.h"

#include <cstdio>
#include <iostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "pinion/base/printable.h"
#include "pinion/event_log.h"

namespace pinion::cli {

void AddObservationOptions(CLI::App* command, ObservationArguments* arguments) {
  command->add_option("--log-format", arguments->log_format, "the lines on stderr: text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  command->add_option("--status-file", arguments->status_file, "write the status as JSON to this file every second");
  CLI::Option* const admin =
      command->add_option("--admin", arguments->admin.address,
                          "ADDRESS:PORT or unix:PATH: serve metrics, status, health and a page there, over HTTP");
  command->add_flag("--admin-remote", arguments->admin.allow_remote, "also if other hosts reach that address")
      ->needs(admin);
}

std::shared_ptr<EventSink> MakeEventLog(const ObservationArguments& arguments) {
  const LogFormat format = arguments.log_format == "json" ? LogFormat::kJson : LogFormat::kText;
  return std::make_shared<EventLog>(EventLogOptions{format, /*prefix=*/"", stderr});
}

absl::StatusOr<Observation> Observe(const ObservationArguments& arguments, const std::shared_ptr<Workload>& workload) {
  Observation observation;
  if (!arguments.status_file.empty()) {
    absl::StatusOr<std::unique_ptr<StatusFile>> started = StatusFile::Start(arguments.status_file, workload);
    if (!started.ok()) return started.status();
    observation.status_file = *std::move(started);
  }
  if (arguments.admin.address.empty()) return observation;
  absl::StatusOr<std::unique_ptr<AdminServer>> admin = AdminServer::Start(workload, arguments.admin);
  if (absl::IsPermissionDenied(admin.status())) {
    return absl::InvalidArgumentError(absl::StrCat(admin.status().message(), " with --admin-remote"));
  }
  if (!admin.ok()) return admin.status();
  std::cerr << "pinion: admin endpoint on " << Printable((*admin)->address()) << std::endl;
  observation.admin = *std::move(admin);
  return observation;
}

}  // namespace pinion::cli
