// The status of a workload as JSON.
#ifndef PINION_STATUS_JSON_H_
#define PINION_STATUS_JSON_H_

#include <string>

#include "absl/time/time.h"
#include "pinion/export.h"
#include "pinion/workload_status.h"

namespace pinion {

// v1::Status (proto/pinion/v1/status.proto), as of `now`, in the form that the admin endpoint and `pinion serve
// --status-file` have.
PINION_EXPORT std::string StatusJson(const WorkloadStatus& status, absl::Time now);

}  // namespace pinion

#endif  // PINION_STATUS_JSON_H_
