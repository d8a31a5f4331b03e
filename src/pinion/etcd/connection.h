// The connections to etcd that the options of a workload describe.
#ifndef PINION_ETCD_CONNECTION_H_
#define PINION_ETCD_CONNECTION_H_

#include <functional>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "pinion/etcd/client.h"
#include "pinion/workload.h"
#include "pinion/workload_options.h"

namespace pinion::etcd {

struct Connection {
  std::vector<Endpoint> endpoints;
  std::shared_ptr<Workload> workload;  // which verifies them
};

// `options.etcd` must be set. `make` is Workload::Create. Errors begin with "etcd: ".
absl::StatusOr<Connection> Connect(
    const WorkloadOptions& options,
    const std::function<absl::StatusOr<std::shared_ptr<Workload>>(WorkloadOptions)>& make);

}  // namespace pinion::etcd

#endif  // PINION_ETCD_CONNECTION_H_
