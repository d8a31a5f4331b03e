#include "tools/pinion/etcd_config.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "pinion/event_log.h"

namespace pinion::cli {

absl::StatusOr<WorkloadOptions> EtcdConfig(const std::string& file) {
  absl::StatusOr<WorkloadOptions> options = WorkloadOptions::FromFile(file);
  if (!options.ok()) return options;
  if (!options->etcd.has_value()) {
    return absl::InvalidArgumentError(absl::StrCat(file, ": pin_set.etcd is missing"));
  }
  options->state_dir.clear();
  options->events = std::make_shared<EventLog>();
  return options;
}

}  // namespace pinion::cli
