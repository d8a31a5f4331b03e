// The result of one round of load.
#ifndef PINION_TESTS_BENCH_LOAD_ROUND_H_
#define PINION_TESTS_BENCH_LOAD_ROUND_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace pinion::bench {

// Calls, messages or handshakes that succeeded. For one thread.
struct Round {
  absl::Duration took;
  std::vector<absl::Duration> latencies;  // one for each
  // Only for kinds of load that go on after a failure.
  int64_t failed = 0;
  std::string first_failure;

  // {"done": …, "failed": …, "seconds": …, "p50_us": …, "p99_us": …} on one line; reorders the latencies.
  std::string ToJson();
};

// Prints the reason and ends the process: the measurement is not usable.
[[noreturn]] void Fail(const std::string& why);

// With PINION_BENCH_NO_DEADLOCK_SEARCH in the environment, stops the search for deadlocks at each lock, which abseil
// does in Debian's build with assertions.
void ObeyEnvironment();

}  // namespace pinion::bench

#endif  // PINION_TESTS_BENCH_LOAD_ROUND_H_
