// Waiting in tests without sleeping too short or too long.
#ifndef PINION_TESTING_WAIT_UNTIL_H_
#define PINION_TESTING_WAIT_UNTIL_H_

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace pinion::testing {

// Asks again and again until the condition holds, true, or the time is over, false.
template <typename Condition>
bool WaitUntil(const Condition& condition, absl::Duration at_most = absl::Seconds(10)) {
  const absl::Time end = absl::Now() + at_most;
  while (!condition()) {
    if (absl::Now() >= end) return false;
    absl::SleepFor(absl::Milliseconds(1));
  }
  return true;
}

}  // namespace pinion::testing

#endif  // PINION_TESTING_WAIT_UNTIL_H_
