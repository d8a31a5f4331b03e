// How many calls were decided in which way.
#ifndef PINION_TELEMETRY_CALL_COUNTERS_H_
#define PINION_TELEMETRY_CALL_COUNTERS_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "pinion/base/mutex.h"
#include "pinion/workload_metrics.h"

namespace pinion {

// Many threads add to it without a lock, each on a line of the processor's cache that it shares with few others.
class CallCounter {
 public:
  void Add();
  int64_t value() const;

 private:
  static constexpr size_t kCells = 8;
  struct alignas(64) Cell {
    std::atomic<int64_t> value{0};
  };
  std::array<Cell, kCells> cells_;
};

// Thread-safe.
class CallCounters {
 public:
  // The rules of all policies that were in effect; those after them share one counter.
  static constexpr size_t kMostRules = 10'000;

  // Valid during the lifetime of this object. `rule` is empty unless a deny rule decides.
  CallCounter* Of(bool allowed, absl::string_view reason, absl::string_view rule = "");

  // Calls that the audit has dropped.
  void AddAuditLost(int64_t count) { audit_lost_.fetch_add(count, std::memory_order_relaxed); }
  int64_t audit_lost() const { return audit_lost_.load(std::memory_order_relaxed); }

  // Without those that have counted nothing.
  std::vector<CallCount> List() const;

 private:
  using Key = std::tuple<bool, std::string, std::string>;

  std::atomic<int64_t> audit_lost_{0};
  mutable Mutex mutex_;
  std::map<Key, CallCounter> counters_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pinion

#endif  // PINION_TELEMETRY_CALL_COUNTERS_H_
