// Validates options from any origin. Private to the public entry points.
#ifndef PINION_OPTIONS_CHECK_OPTIONS_H_
#define PINION_OPTIONS_CHECK_OPTIONS_H_

#include "absl/status/status.h"
#include "pinion/workload_options.h"

namespace pinion {

// Returns InvalidArgument, with the name of the option, if a required option is missing, one is out of range, or two
// contradict each other. Reads no file.
absl::Status CheckOptions(const WorkloadOptions& options);

}  // namespace pinion

#endif  // PINION_OPTIONS_CHECK_OPTIONS_H_
