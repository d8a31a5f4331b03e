// The metrics of a workload for Prometheus. Needs prometheus-cpp, which the library itself does not use: link
// //:metrics.
//
//   prometheus::Exposer exposer("127.0.0.1:9464");
//   auto metrics = std::make_shared<pinion::PrometheusMetrics>(workload);
//   exposer.RegisterCollectable(metrics);
//
// docs/observability.md lists the metrics.
#ifndef PINION_PROMETHEUS_H_
#define PINION_PROMETHEUS_H_

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <memory>
#include <vector>

#include "pinion/export.h"
#include "pinion/workload.h"

namespace pinion {

// Thread-safe. Values of labels come from this process's own configuration and from this list alone, so that no peer
// can add time series.
class PINION_EXPORT PrometheusMetrics final : public prometheus::Collectable {
 public:
  explicit PrometheusMetrics(std::shared_ptr<const Workload> workload);
  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const std::shared_ptr<const Workload> workload_;
};

}  // namespace pinion

#endif  // PINION_PROMETHEUS_H_
