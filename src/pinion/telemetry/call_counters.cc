#include "pinion/telemetry/call_counters.h"

#include <sched.h>

#include <algorithm>

namespace pinion {

void CallCounter::Add() {
  const auto processor = static_cast<size_t>(std::max(sched_getcpu(), 0));
  cells_.at(processor % kCells).value.fetch_add(1, std::memory_order_relaxed);
}

int64_t CallCounter::value() const {
  int64_t sum = 0;
  for (const Cell& cell : cells_) sum += cell.value.load(std::memory_order_relaxed);
  return sum;
}

CallCounter* CallCounters::Of(bool allowed, absl::string_view reason, absl::string_view rule) {
  const MutexLock lock(mutex_);
  Key key(allowed, reason, rule);
  if (counters_.size() >= kMostRules && counters_.count(key) == 0) std::get<2>(key) = "others";
  return &counters_[std::move(key)];
}

std::vector<CallCount> CallCounters::List() const {
  std::vector<CallCount> list;
  const MutexLock lock(mutex_);
  for (const auto& [key, counter] : counters_) {
    const int64_t count = counter.value();
    if (count > 0) list.push_back({std::get<0>(key), std::get<1>(key), std::get<2>(key), count});
  }
  return list;
}

}  // namespace pinion
