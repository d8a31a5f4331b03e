#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "pinion/base/rfc3339.h"
#include "pinion/json/timestamp.h"
#include "tools/pinion/checks.h"
#include "tools/pinion/status_file.h"

namespace pinion::cli {
namespace {

// A process writes its status every second.
constexpr absl::Duration kStale = absl::Minutes(1);

void CheckSource(const StatusFileText& file, const char* name, const v1::Status::Source& source,
                 std::vector<Finding>* findings) {
  if (source.error().empty()) return;
  const bool needs_restart = absl::StrContains(source.error(), "restart to apply");
  findings->push_back(
      {Severity::kWarning, needs_restart ? "RESTART_TO_APPLY" : "NOT_ADOPTED",
       PlaceOf(file.text, file.file, absl::StrCat(name, ".error")),
       absl::StrCat(name, ": the running process has not adopted what its files hold since ",
                    FormatRfc3339(json::ToTime(source.failing_since())), ": ", source.error()),
       needs_restart ? "restart the process, or undo the edit" : "correct the file; the process adopts it by itself"});
}

}  // namespace

void CheckStatuses(const Deployment& deployment, absl::Time now, std::vector<Finding>* findings) {
  for (const StatusFileText& file : deployment.statuses) {
    const absl::StatusOr<v1::Status> parsed = ParseStatus(file.text);
    if (!parsed.ok()) {
      findings->push_back({Severity::kError,
                           "STATUS_INVALID",
                           {file.file},
                           absl::StrCat("not a status: ", parsed.status().message()),
                           "give the file that `pinion serve` or `pinion call` writes to --status-file"});
      continue;
    }
    const v1::Status& status = *parsed;
    if (const absl::Duration age = now - json::ToTime(status.written()); age > kStale) {
      findings->push_back({Severity::kWarning, "STATUS_STALE", PlaceOf(file.text, file.file, "written"),
                           absl::StrCat("it was written ", absl::FormatDuration(absl::Trunc(age, absl::Seconds(1))),
                                        " ago; a running process writes it every second"),
                           "see whether the process runs"});
    }
    CheckSource(file, "identity", status.identity(), findings);
    CheckSource(file, "server_roots", status.server_roots(), findings);
    CheckSource(file, "client_roots", status.client_roots(), findings);
    CheckSource(file, "pin_set", status.pin_set(), findings);
    CheckSource(file, "shadow_pin_set", status.shadow_pin_set(), findings);
    CheckSource(file, "authorization_policy", status.authorization_policy(), findings);
    CheckSource(file, "shadow_policy", status.shadow_policy(), findings);
    CheckSource(file, "config", status.config(), findings);
    if (!status.state_error().empty()) {
      findings->push_back(
          {Severity::kWarning, "NOT_RECORDED", PlaceOf(file.text, file.file, "state_error"),
           absl::StrCat("after a restart, the process might adopt an older pin set, or not start with this one: ",
                        status.state_error()),
           "remove the cause; the process records the pin set at its next reload, within refresh_interval"});
    }
  }
}

}  // namespace pinion::cli
