// Metrics as text. Private to admin/.
#ifndef PINION_ADMIN_OPEN_METRICS_H_
#define PINION_ADMIN_OPEN_METRICS_H_

#include <prometheus/metric_family.h>

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace pinion {

struct MetricsText {
  std::string text;
  const char* content_type;
};

// OpenMetrics 1.0 if the Accept header of a request has that; otherwise Prometheus's text format 0.0.4.
MetricsText PrintMetrics(const std::vector<prometheus::MetricFamily>& families, absl::string_view accept);

}  // namespace pinion

#endif  // PINION_ADMIN_OPEN_METRICS_H_
