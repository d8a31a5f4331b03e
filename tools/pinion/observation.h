// What `serve` and `call` show of their workload while it runs: log, status file and admin endpoint.
#ifndef PINION_TOOLS_PINION_OBSERVATION_H_
#define PINION_TOOLS_PINION_OBSERVATION_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "pinion/admin_server.h"
#include "pinion/event_sink.h"
#include "tools/pinion/command.h"
#include "tools/pinion/status_file.h"

namespace pinion::cli {

struct ObservationArguments {
  std::string log_format = "text";
  std::string status_file;                                        // empty: none
  AdminOptions admin = {/*address=*/"", /*allow_remote=*/false};  // no address: none
};

// Adds --log-format, --status-file, --admin and --admin-remote.
void AddObservationOptions(CLI::App* command, ObservationArguments* arguments);

// On stderr.
std::shared_ptr<EventSink> MakeEventLog(const ObservationArguments& arguments);

// Null where there is none.
struct Observation {
  std::unique_ptr<StatusFile> status_file;
  std::unique_ptr<AdminServer> admin;
};

// Says on stderr where the admin endpoint listens.
absl::StatusOr<Observation> Observe(const ObservationArguments& arguments, const std::shared_ptr<Workload>& workload);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_OBSERVATION_H_
