// Audited calls on their way to whoever writes them down. Private to authorization/.
#ifndef PINION_AUTHORIZATION_AUDIT_QUEUE_H_
#define PINION_AUTHORIZATION_AUDIT_QUEUE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "absl/time/time.h"
#include "pinion/authorization/audit_loggers.h"
#include "pinion/connection/waiting_line.h"
#include "pinion/telemetry/event_sink.h"

namespace pinion {

// An event and who besides the event sink is to have it.
struct AuditItem {
  AuditEvent event;
  std::shared_ptr<AuditLoggers> loggers;  // null: nobody
};

// Push may be called from any thread and never waits; one thread of the queue's own tells the event sink and writes.
// What comes while kMaxWaiting events wait is dropped and counted.
class AuditQueue {
 public:
  static constexpr size_t kMaxWaiting = WaitingLine<AuditItem>::kMaxWaiting;

  // `events` may be null. At the end, what waits is still written, for as long as `flush_within`; what then remains is
  // dropped, and a thread that hangs in a write is left to itself, with all that it uses.
  explicit AuditQueue(std::shared_ptr<EventSink> events, absl::Duration flush_within = absl::Seconds(2));

  // The next event that is told also says how many were dropped before it.
  void Push(AuditItem item) { line_.Push(std::move(item)); }
  // Since the beginning.
  int64_t dropped() const { return line_.lost(); }

 private:
  WaitingLine<AuditItem> line_;
};

}  // namespace pinion

#endif  // PINION_AUTHORIZATION_AUDIT_QUEUE_H_
