// What a workload's status and events say about its pin set. Private to workload/.
#ifndef PINION_WORKLOAD_PIN_SET_STATUS_H_
#define PINION_WORKLOAD_PIN_SET_STATUS_H_

#include <string>

#include "absl/time/time.h"
#include "pinion/pin/pin_set.h"
#include "pinion/workload_status.h"

namespace pinion {

// Sets the members about the pin set in effect.
void SetPinSet(const PinSet& pin_set, absl::Time now, WorkloadStatus* status);

// What an operator should know about a pin set that is adopted, after `first`, which may be empty.
std::string PinSetWarning(const PinSet& pin_set, absl::Time now, const std::string& first);

}  // namespace pinion

#endif  // PINION_WORKLOAD_PIN_SET_STATUS_H_
