#include "pinion/metrics/families.h"

#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"

namespace pinion {

void Families::Begin(const char* name, const char* help, prometheus::MetricType type) {
  prometheus::MetricFamily family;
  family.name = name;
  family.help = help;
  family.type = type;
  families_.push_back(std::move(family));
  places_.clear();
}

void Families::Add(double value, const Labels& labels) {
  prometheus::MetricFamily& family = families_.back();
  std::string key;
  for (const auto& [name, text] : labels) absl::StrAppend(&key, text, absl::string_view("\0", 1));
  const auto [place, is_new] = places_.emplace(key, family.metric.size());
  if (is_new) {
    prometheus::ClientMetric metric;
    for (const auto& [name, text] : labels) {
      prometheus::ClientMetric::Label label;
      label.name = name;
      label.value = text;
      metric.label.push_back(std::move(label));
    }
    family.metric.push_back(std::move(metric));
  }
  prometheus::ClientMetric& metric = family.metric[place->second];
  (family.type == prometheus::MetricType::Counter ? metric.counter.value : metric.gauge.value) += value;
}

void Families::AddTime(absl::Time time, const Labels& labels) {
  if (time == absl::InfiniteFuture() || time == absl::InfinitePast()) return;
  Add(static_cast<double>(absl::ToUnixSeconds(time)), labels);
}

void Families::AddHistogram(const char* name, const char* help, const Distribution& distribution) {
  Begin(name, help, prometheus::MetricType::Histogram);
  prometheus::ClientMetric metric;
  for (size_t i = 0; i < distribution.counts.size(); ++i) {
    prometheus::ClientMetric::Bucket bucket;
    metric.histogram.sample_count += static_cast<uint64_t>(distribution.counts.at(i));
    bucket.cumulative_count = metric.histogram.sample_count;
    bucket.upper_bound =
        i < Distribution::kBounds.size() ? Distribution::kBounds.at(i) : std::numeric_limits<double>::infinity();
    metric.histogram.bucket.push_back(bucket);
  }
  metric.histogram.sample_sum = distribution.sum;
  families_.back().metric.push_back(std::move(metric));
}

std::vector<prometheus::MetricFamily> Families::Take() {
  families_.erase(
      std::remove_if(families_.begin(), families_.end(), [](const auto& family) { return family.metric.empty(); }),
      families_.end());
  return std::move(families_);
}

}  // namespace pinion
