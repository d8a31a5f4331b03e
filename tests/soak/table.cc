#include "tests/soak/table.h"

#include <algorithm>
#include <cstdio>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace pinion::soak {
namespace {

constexpr size_t kShown = 10;

void PrintRow(absl::string_view what, absl::string_view measured, absl::string_view goal, absl::string_view ok) {
  absl::PrintF("%-58s | %-28s | %-16s | %s\n", what, measured, goal, ok);
  std::fflush(stdout);
}

}  // namespace

absl::Duration Samples::Percentile(int percent) const {
  if (samples_.empty()) return absl::InfiniteDuration();
  std::vector<absl::Duration> sorted = samples_;
  std::sort(sorted.begin(), sorted.end());
  const size_t rank = (sorted.size() * percent + 99) / 100;
  return sorted[std::max<size_t>(rank, 1) - 1];
}

void Table::PrintHeader() {
  PrintRow("what", "measured", "goal", "ok");
  PrintRow(std::string(58, '-'), std::string(28, '-'), std::string(16, '-'), "---");
}

void Table::Print(absl::string_view what, absl::string_view measured, absl::string_view goal, bool met) {
  all_met_ = all_met_ && met;
  PrintRow(what, measured, goal, goal.empty() ? "" : met ? "yes" : "NO");
}

void Table::AtLeast(absl::string_view what, int64_t measured, int64_t goal, absl::string_view unit) {
  Print(what, absl::StrCat(measured, unit), absl::StrCat("at least ", goal, unit), measured >= goal);
}

void Table::AtMost(absl::string_view what, int64_t measured, int64_t goal, absl::string_view unit) {
  Print(what, absl::StrCat(measured, unit), absl::StrCat("at most ", goal, unit), measured <= goal);
}

void Table::Latency(absl::string_view what, const Samples& samples, absl::Duration goal) {
  const auto milliseconds = [](absl::Duration duration) { return absl::ToInt64Milliseconds(duration); };
  const absl::Duration p99 = samples.Percentile(99);
  const std::string measured = absl::StrFormat("p50 %d ms, p99 %d ms (%d)", milliseconds(samples.Percentile(50)),
                                               milliseconds(p99), samples.size());
  const bool has_goal = goal < absl::InfiniteDuration();
  Print(what, measured, has_goal ? absl::StrCat("p99 ", milliseconds(goal), " ms") : "", !has_goal || p99 <= goal);
}

void Table::Note(absl::string_view what, absl::string_view measured) { Print(what, measured, "", true); }

void Table::Complain(absl::string_view what, const std::vector<std::string>& wrongs) {
  for (size_t i = 0; i < std::min(kShown, wrongs.size()); ++i) absl::FPrintF(stderr, "%s: %s\n", what, wrongs[i]);
  if (wrongs.size() > kShown) absl::FPrintF(stderr, "%s: and %d more\n", what, wrongs.size() - kShown);
}

}  // namespace pinion::soak
