// A monotonic clock.
#ifndef PINION_BASE_STEADY_CLOCK_H_
#define PINION_BASE_STEADY_CLOCK_H_

#include <chrono>

#include "absl/time/time.h"

namespace pinion {

// For measuring durations; its value is not a time of day.
inline absl::Time SteadyNow() {
  return absl::UnixEpoch() + absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace pinion

#endif  // PINION_BASE_STEADY_CLOCK_H_
