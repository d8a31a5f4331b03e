// What a piece of work costs the process.
#ifndef PINION_TESTS_CASES_COST_H_
#define PINION_TESTS_CASES_COST_H_

#include <cstddef>
#include <functional>

#include "absl/time/time.h"

namespace pinion::testing {

struct Cost {
  absl::Duration cpu;  // of the calling thread: what else the machine does counts for nothing
  size_t bytes = 0;    // by which the process's resident memory grew, at the most
};

// Runs `work` on the calling thread; for a process whose other threads are at rest.
Cost CostOf(const std::function<void()>& work);

// Whether a sanitizer is at work, under which costs say nothing.
bool IsSanitized();

}  // namespace pinion::testing

#endif  // PINION_TESTS_CASES_COST_H_
