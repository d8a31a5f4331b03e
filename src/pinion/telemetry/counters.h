// Counts what a workload reports.
#ifndef PINION_TELEMETRY_COUNTERS_H_
#define PINION_TELEMETRY_COUNTERS_H_

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "pinion/base/mutex.h"
#include "pinion/event_sink.h"
#include "pinion/telemetry/call_counters.h"
#include "pinion/workload_metrics.h"

namespace pinion {

// Thread-safe.
class Counters {
 public:
  // Peers come from pin sets, and a process may see many of them in the course of time. Beyond this number, what would
  // be new is counted as that of peers that are not listed.
  static constexpr size_t kMostPeers = 200'000;
  // Refusals of a peer for one reason are one entry.
  static constexpr size_t kMostRefusals = 50;

  void Add(const HandshakeEvent& event);
  void Add(const ConnectionEvent& event);
  void Add(const ReloadEvent& event);
  void AddReload(absl::Duration to_force);
  void AddClosing(absl::Duration to_close);
  CallCounters& calls() { return calls_; }

  // Sets the counts.
  void AddTo(WorkloadMetrics* metrics) const;
  // Newest first.
  std::vector<HandshakeEvent> Refusals() const;

 private:
  void AddRefusal(const HandshakeEvent& event) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  CallCounters calls_;
  mutable Mutex mutex_;
  std::map<std::tuple<Side, std::string, v1::Reason>, int64_t> handshakes_ ABSL_GUARDED_BY(mutex_);
  std::map<std::tuple<Side, std::string, v1::PinState>, int64_t> pin_matches_ ABSL_GUARDED_BY(mutex_);
  std::map<std::tuple<Side, v1::Reason, bool>, int64_t> closed_ ABSL_GUARDED_BY(mutex_);
  std::map<std::tuple<std::string, bool>, int64_t> reloads_ ABSL_GUARDED_BY(mutex_);
  Distribution to_force_ ABSL_GUARDED_BY(mutex_);
  Distribution to_close_ ABSL_GUARDED_BY(mutex_);
  std::list<HandshakeEvent> refusals_ ABSL_GUARDED_BY(mutex_);
};

// Counts events before it passes them on, so that no count depends on the application's sink.
class CountingSink final : public EventSink {
 public:
  // `next` may be null.
  CountingSink(std::shared_ptr<Counters> counters, std::shared_ptr<EventSink> next);
  void OnHandshake(const HandshakeEvent& event) override;
  void OnReload(const ReloadEvent& event) override;
  void OnExpiry(const ExpiryEvent& event) override;
  void OnConnection(const ConnectionEvent& event) override;
  void OnAdoption(const AdoptionEvent& event) override;

 private:
  const std::shared_ptr<Counters> counters_;
  const std::shared_ptr<EventSink> next_;
};

}  // namespace pinion

#endif  // PINION_TELEMETRY_COUNTERS_H_
