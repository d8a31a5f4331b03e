#include "tests/cases/cost.h"

#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>
#include <ctime>
#include <fstream>
#include <string>

namespace pinion::testing {
namespace {

absl::Duration ThreadTime() {
  timespec now = {};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return absl::DurationFromTimespec(now);
}

// A value of /proc/self/status, in bytes.
size_t StatusOf(const std::string& field) {
  std::ifstream status("/proc/self/status");
  std::string word;
  size_t kilobytes = 0;
  while (status >> word && word != field) {
  }
  status >> kilobytes;
  return kilobytes * 1024;
}

// Resets the peak to the current resident memory (proc(5)).
void ResetPeak() {
  std::ofstream clear("/proc/self/clear_refs");
  clear << "5";
}

}  // namespace

Cost CostOf(const std::function<void()>& work) {
  // Returns freed memory to the system: otherwise the work could reuse it without being counted.
  malloc_trim(0);
  ResetPeak();
  const size_t resident = StatusOf("VmRSS:");
  const absl::Duration begin = ThreadTime();
  work();
  const absl::Duration cpu = ThreadTime() - begin;
  const size_t peak = StatusOf("VmHWM:");
  return {cpu, peak - std::min(peak, resident)};
}

bool IsSanitized() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return true;
#else
  return false;
#endif
}

}  // namespace pinion::testing
