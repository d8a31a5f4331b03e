// The cost of a piece of work for the process.
#ifndef PINION_TESTS_CASES_COST_H_
#define PINION_TESTS_CASES_COST_H_

#include <cstddef>
#include <functional>

#include "absl/time/time.h"

namespace pinion::testing {

struct Cost {
  absl::Duration cpu;  // of the calling thread, so that background load does not count
  size_t bytes = 0;    // the most by which the process's resident memory grew
};

// Runs `work` on the calling thread. The other threads of the process must be idle.
Cost CostOf(const std::function<void()>& work);

// Whether this is a sanitizer's build, whose costs are not meaningful.
bool IsSanitized();

}  // namespace pinion::testing

#endif  // PINION_TESTS_CASES_COST_H_
