// A queue between Pinion and the application's event sink, which may block or throw.
#ifndef PINION_TELEMETRY_EVENT_QUEUE_H_
#define PINION_TELEMETRY_EVENT_QUEUE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "absl/time/time.h"
#include "pinion/base/bounded_queue.h"
#include "pinion/event_sink.h"

namespace pinion {

// Delivers events to another sink on its own thread, one at a time. The reporting thread waits until the sink has taken
// its event, so that an event arrives before its consequences. All reporting threads share a wait budget of kPatience
// (1 s), refilled at 100 ms per second, and none waits behind an event that took longer. A sink that is slow or blocks
// therefore delays handshakes and the closing of connections by about 1 s in total and never stops them. While the sink
// blocks, kMaxWaiting events are queued; further events are dropped, and OnEventsLost reports their number. An
// exception from the sink is caught, and its event counts as lost.
//
// Audit events are delivered directly, since they come from the audit's own thread.
class EventQueue final : public EventSink {
  using Deliver = std::function<void(EventSink&)>;

 public:
  static constexpr size_t kMaxWaiting = BoundedQueue<Deliver>::kMaxWaiting;
  static constexpr absl::Duration kPatience = absl::Seconds(1);

  // On destruction, queued events are still delivered for up to kPatience.
  explicit EventQueue(const std::shared_ptr<EventSink>& sink);
  // The number of events that the sink has not received.
  int64_t lost() const { return queue_.lost(); }

  void OnHandshake(const HandshakeEvent& event) override;
  void OnReload(const ReloadEvent& event) override;
  void OnExpiry(const ExpiryEvent& event) override;
  void OnConnection(const ConnectionEvent& event) override;
  void OnAdoption(const AdoptionEvent& event) override;
  void OnAudit(const AuditEvent& event) override;
  void OnAuditLogger(const AuditLoggerEvent& event) override;

 private:
  const std::shared_ptr<EventSink> sink_;
  BoundedQueue<Deliver> queue_;
};

}  // namespace pinion

#endif  // PINION_TELEMETRY_EVENT_QUEUE_H_
