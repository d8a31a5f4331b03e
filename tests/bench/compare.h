// Two ways to do the same thing, in turn, so that what the machine does besides hits both alike.
#ifndef PINION_TESTS_BENCH_COMPARE_H_
#define PINION_TESTS_BENCH_COMPARE_H_

#include <grpcpp/support/status.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace pinion::testing {

// Only calls that succeed are worth timing.
inline void Must(const grpc::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "call failed: %s\n", status.error_message().c_str());
  std::abort();
}

struct Rate {
  double per_second = 0;
  double cpu_us = 0;  // of this process, for each thing: what a busy machine disturbs less
};

inline double CpuMicroseconds() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  const auto microseconds = [](const timeval& time) {
    return absl::ToDoubleMicroseconds(absl::DurationFromTimeval(time));
  };
  return microseconds(usage.ru_utime) + microseconds(usage.ru_stime);
}

// `in_flight` threads do the thing again and again for so long.
inline Rate RateOf(int in_flight, absl::Duration round, const std::function<void()>& thing) {
  std::atomic<int64_t> done{0};
  const double cpu = CpuMicroseconds();
  const absl::Time begin = absl::Now();
  std::vector<std::thread> running;
  for (int i = 0; i < in_flight; ++i) {
    running.emplace_back([&] {
      while (absl::Now() - begin < round) {
        thing();
        ++done;
      }
    });
  }
  for (std::thread& thread : running) thread.join();
  const auto count = static_cast<double>(done);
  return {count / absl::ToDoubleSeconds(absl::Now() - begin), (CpuMicroseconds() - cpu) / count};
}

struct Way {
  std::string name;
  std::function<void()> thing;
};

// Prints the baseline's rate, and of each other way the median of its rounds' ratios to it, with their quartiles.
// Rates above 1 and CPU time below 1 are better than the baseline.
inline void Compare(const std::string& what, int in_flight, int rounds, const Way& baseline,
                    const std::vector<Way>& others) {
  constexpr absl::Duration kRound = absl::Milliseconds(200);
  std::vector<double> rates;
  std::vector<std::vector<double>> ratios(others.size());
  std::vector<std::vector<double>> cpu(others.size());
  for (int round = 0; round < rounds; ++round) {
    const Rate base = RateOf(in_flight, kRound, baseline.thing);
    rates.push_back(base.per_second);
    for (size_t i = 0; i < others.size(); ++i) {
      const Rate other = RateOf(in_flight, kRound, others[i].thing);
      ratios[i].push_back(other.per_second / base.per_second);
      cpu[i].push_back(other.cpu_us / base.cpu_us);
    }
  }
  const auto quartile = [](std::vector<double>* values, size_t which) {
    std::sort(values->begin(), values->end());
    return (*values)[(values->size() - 1) * which / 4];
  };
  std::printf("%-28s %-34s %8.0f/s\n", what.c_str(), baseline.name.c_str(), quartile(&rates, 2));
  for (size_t i = 0; i < others.size(); ++i) {
    std::printf("%-28s %-34s rate %.3f (%.3f to %.3f)  CPU %.3f (%.3f to %.3f)\n", "", others[i].name.c_str(),
                quartile(&ratios[i], 2), quartile(&ratios[i], 1), quartile(&ratios[i], 3), quartile(&cpu[i], 2),
                quartile(&cpu[i], 1), quartile(&cpu[i], 3));
  }
  std::fflush(stdout);
}

}  // namespace pinion::testing

#endif  // PINION_TESTS_BENCH_COMPARE_H_
