// Families of metrics, as prometheus-cpp has them. Private to metrics/.
#ifndef PINION_METRICS_FAMILIES_H_
#define PINION_METRICS_FAMILIES_H_

#include <prometheus/metric_family.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "pinion/workload_metrics.h"

namespace pinion {

// Collects families. A metric belongs to the family that was begun last.
class Families {
 public:
  using Labels = std::vector<std::pair<const char*, std::string>>;

  void BeginCounter(const char* name, const char* help) { Begin(name, help, prometheus::MetricType::Counter); }
  void BeginGauge(const char* name, const char* help) { Begin(name, help, prometheus::MetricType::Gauge); }

  // Of two with the same labels, the sum.
  void Add(double value, const Labels& labels = {});
  // Only if it is finite; in seconds since 1970.
  void AddTime(absl::Time time, const Labels& labels = {});

  void AddHistogram(const char* name, const char* help, const Distribution& distribution);

  // Without families that have no metric.
  std::vector<prometheus::MetricFamily> Take();

 private:
  void Begin(const char* name, const char* help, prometheus::MetricType type);

  std::vector<prometheus::MetricFamily> families_;
  std::map<std::string, size_t> places_;  // of the metrics in the last one, by their labels
};

}  // namespace pinion

#endif  // PINION_METRICS_FAMILIES_H_
