// A clock that a test can set.
#ifndef PINION_TESTING_CLOCK_H_
#define PINION_TESTING_CLOCK_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace pinion::testing {

// Shows real time until it is set, and then continues from the set time. Usage: options.clock = clock.AsFunction().
// Copies are the same clock. Thread-safe.
class Clock {
 public:
  absl::Time Now() const { return absl::Now() + absl::Nanoseconds(offset_->load()); }
  void Advance(absl::Duration by) { *offset_ += absl::ToInt64Nanoseconds(by); }
  // Sets the current time.
  void Set(absl::Time now) { *offset_ = absl::ToInt64Nanoseconds(now - absl::Now()); }
  std::function<absl::Time()> AsFunction() const {
    return [clock = *this] { return clock.Now(); };
  }

 private:
  const std::shared_ptr<std::atomic<int64_t>> offset_ = std::make_shared<std::atomic<int64_t>>(0);
};

}  // namespace pinion::testing

#endif  // PINION_TESTING_CLOCK_H_
