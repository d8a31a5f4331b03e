// The status of a workload as JSON.
#ifndef PINION_ADMIN_STATUS_JSON_H_
#define PINION_ADMIN_STATUS_JSON_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "pinion/v1/status.pb.h"
#include "pinion/workload_status.h"

namespace pinion {

// v1::Status, as of `now`.
std::string StatusJson(const WorkloadStatus& status, absl::Time now);

// Reads what StatusJson has written. Fields that are not known are ignored. InvalidArgument if it is none.
absl::StatusOr<v1::Status> ParseStatus(const std::string& text);

}  // namespace pinion

#endif  // PINION_ADMIN_STATUS_JSON_H_
