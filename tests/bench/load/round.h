// What came of one round of load.
#ifndef PINION_TESTS_BENCH_LOAD_ROUND_H_
#define PINION_TESTS_BENCH_LOAD_ROUND_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace pinion::bench {

// Of calls, messages or handshakes that succeeded. For one thread.
struct Round {
  absl::Duration took;
  std::vector<absl::Duration> latencies;  // one for each
  // Only of kinds of load that go on after a failure.
  int64_t failed = 0;
  std::string first_failure;

  // {"done": …, "failed": …, "seconds": …, "p50_us": …, "p99_us": …} on one line; reorders the latencies.
  std::string ToJson();
};

// What was measured would be of no use: says why and ends the process.
[[noreturn]] void Fail(const std::string& why);

// With PINION_BENCH_NO_DEADLOCK_SEARCH in the environment: abseil, which Debian builds with assertions, does not look
// for deadlocks at each lock of gRPC's.
void ObeyEnvironment();

}  // namespace pinion::bench

#endif  // PINION_TESTS_BENCH_LOAD_ROUND_H_
