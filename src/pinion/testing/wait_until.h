// Waits for a condition in tests without a fixed sleep.
#ifndef PINION_TESTING_WAIT_UNTIL_H_
#define PINION_TESTING_WAIT_UNTIL_H_

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace pinion::testing {

// Polls until the condition holds and returns true, or until `at_most` has passed and returns false.
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
