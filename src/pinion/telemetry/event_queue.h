// What stands between Pinion and the application's event sink, which may block or throw.
#ifndef PINION_TELEMETRY_EVENT_QUEUE_H_
#define PINION_TELEMETRY_EVENT_QUEUE_H_

#include <cstddef>
#include <functional>
#include <memory>

#include "absl/time/time.h"
#include "pinion/base/bounded_queue.h"
#include "pinion/event_sink.h"

namespace pinion {

// Tells another sink from a thread of its own, one event after the other. Whoever has news waits until the sink has
// taken it, so that events come before what follows from them; but all of them together only for kPatience (a tenth of
// the time that passes is forgotten of it), and not at all behind an event that took longer. So a sink that hangs or is
// slow delays handshakes and cuts by about a second, and holds up none. While it hangs kMaxWaiting events
// wait for it; more are lost, and OnEventsLost says how many. What the sink throws is caught, and that event lost.
//
// The audit's events pass through at once: they come from a thread of the audit's own.
class EventQueue final : public EventSink {
  using Tell = std::function<void(EventSink&)>;

 public:
  static constexpr size_t kMaxWaiting = BoundedQueue<Tell>::kMaxWaiting;
  static constexpr absl::Duration kPatience = absl::Seconds(1);

  // At the end, what waits is still told, as long as that takes no longer than kPatience.
  explicit EventQueue(const std::shared_ptr<EventSink>& sink);
  void OnHandshake(const HandshakeEvent& event) override;
  void OnReload(const ReloadEvent& event) override;
  void OnExpiry(const ExpiryEvent& event) override;
  void OnConnection(const ConnectionEvent& event) override;
  void OnAudit(const AuditEvent& event) override;
  void OnAuditLogger(const AuditLoggerEvent& event) override;

 private:
  const std::shared_ptr<EventSink> sink_;
  BoundedQueue<Tell> line_;
};

}  // namespace pinion

#endif  // PINION_TELEMETRY_EVENT_QUEUE_H_
