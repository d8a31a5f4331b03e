// A clock that nobody sets.
#ifndef PINION_BASE_STEADY_CLOCK_H_
#define PINION_BASE_STEADY_CLOCK_H_

#include <chrono>

#include "absl/time/time.h"

namespace pinion {

// Good for measuring how long something takes; as a time of day it means nothing.
inline absl::Time SteadyNow() {
  return absl::UnixEpoch() + absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace pinion

#endif  // PINION_BASE_STEADY_CLOCK_H_
