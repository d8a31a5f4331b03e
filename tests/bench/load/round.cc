#include "tests/bench/load/round.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "absl/synchronization/mutex.h"

namespace pinion::bench {
namespace {

double Microseconds(std::vector<absl::Duration>* values, double quantile) {
  if (values->empty()) return 0;
  const auto rank = static_cast<std::ptrdiff_t>(quantile * static_cast<double>(values->size() - 1));
  std::nth_element(values->begin(), values->begin() + rank, values->end());
  return absl::ToDoubleMicroseconds((*values)[rank]);
}

}  // namespace

std::string Round::ToJson() {
  return nlohmann::json({{"done", latencies.size()},
                         {"failed", failed},
                         {"first_failure", first_failure},
                         {"seconds", absl::ToDoubleSeconds(took)},
                         {"p50_us", Microseconds(&latencies, 0.5)},
                         {"p99_us", Microseconds(&latencies, 0.99)}})
      .dump();
}

void Fail(const std::string& why) {
  std::fprintf(stderr, "bench/load: %s\n", why.c_str());
  std::_Exit(1);
}

void ObeyEnvironment() {
  if (std::getenv("PINION_BENCH_NO_DEADLOCK_SEARCH") == nullptr) return;
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
}

}  // namespace pinion::bench
