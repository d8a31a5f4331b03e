#include "pinion/workload/expiry_watch.h"

#include "absl/strings/str_cat.h"
#include "pinion/workload/endings.h"

namespace pinion {
namespace {

constexpr int kNotYet = 1000;

int WarningFor(absl::Duration left) {
  for (const int days : {0, 1, 7, 30}) {
    if (left <= absl::Hours(24) * days) return days;
  }
  return kNotYet;
}

}  // namespace

std::vector<ExpiryEvent> ExpiryWatch::Look(const Snapshot& snapshot, absl::Time now) {
  std::vector<ExpiryEvent> due;
  for (const Ending& ending : EndingsOf(snapshot)) {
    const int days = WarningFor(ending.ends - now);
    if (days == kNotYet) continue;
    const std::string what = Describe(ending);
    const auto [warned, is_new] = warned_.emplace(absl::StrCat(what, " ", absl::ToUnixSeconds(ending.ends)), kNotYet);
    if (days >= warned->second) continue;
    warned->second = days;
    due.push_back({now, what, ending.ends, days});
  }
  return due;
}

}  // namespace pinion
