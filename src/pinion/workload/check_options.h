// What options must say, wherever they come from. Private to the front doors.
#ifndef PINION_WORKLOAD_CHECK_OPTIONS_H_
#define PINION_WORKLOAD_CHECK_OPTIONS_H_

#include "absl/status/status.h"
#include "pinion/workload_options.h"

namespace pinion {

// InvalidArgument, naming the option, where a required one is missing, one is out of range, or two contradict each
// other. Reads no file.
absl::Status CheckOptions(const WorkloadOptions& options);

}  // namespace pinion

#endif  // PINION_WORKLOAD_CHECK_OPTIONS_H_
