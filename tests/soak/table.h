// The soak's output: one row for each goal, and whether it was met.
#ifndef PINION_TESTS_SOAK_TABLE_H_
#define PINION_TESTS_SOAK_TABLE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace pinion::soak {

// Durations that were measured.
class Samples {
 public:
  void Add(absl::Duration sample) { samples_.push_back(sample); }
  size_t size() const { return samples_.size(); }
  // The least sample that `percent` of all samples don't exceed; InfiniteDuration when there is none.
  absl::Duration Percentile(int percent) const;

 private:
  std::vector<absl::Duration> samples_;
};

// Prints each row as it comes. For one thread.
class Table {
 public:
  static void PrintHeader();
  void AtLeast(absl::string_view what, int64_t measured, int64_t goal, absl::string_view unit = "");
  void AtMost(absl::string_view what, int64_t measured, int64_t goal, absl::string_view unit = "");
  // p50 and p99, the latter against the goal; InfiniteDuration is no goal.
  void Latency(absl::string_view what, const Samples& samples, absl::Duration goal);
  // A measurement without a goal.
  void Note(absl::string_view what, absl::string_view measured);
  // Shows the first few failures on standard error.
  static void Complain(absl::string_view what, const std::vector<std::string>& wrongs);

  bool all_met() const { return all_met_; }

 private:
  void Print(absl::string_view what, absl::string_view measured, absl::string_view goal, bool met);

  bool all_met_ = true;
};

}  // namespace pinion::soak

#endif  // PINION_TESTS_SOAK_TABLE_H_
