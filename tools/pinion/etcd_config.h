// The configuration of a process that has its pin set from etcd, for a tool that looks into the same etcd.
#ifndef PINION_TOOLS_PINION_ETCD_CONFIG_H_
#define PINION_TOOLS_PINION_ETCD_CONFIG_H_

#include <string>

#include "absl/status/statusor.h"
#include "pinion/workload_options.h"

namespace pinion::cli {

// InvalidArgument if the pin set is not in etcd. Without state_dir, whose record is that of the process; events are
// printed to stderr.
absl::StatusOr<WorkloadOptions> EtcdConfig(const std::string& file);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_ETCD_CONFIG_H_
