// The options of the workload that calls etcd.
#ifndef PINION_ETCD_ETCD_OPTIONS_H_
#define PINION_ETCD_ETCD_OPTIONS_H_

#include "pinion/workload_options.h"

namespace pinion::etcd {

// It calls, and does nothing else. `options.etcd` must be set. Without an event sink.
WorkloadOptions OptionsToCallEtcd(const WorkloadOptions& options);

}  // namespace pinion::etcd

#endif  // PINION_ETCD_ETCD_OPTIONS_H_
