// Audited calls on their way to whoever writes them down. Private to authorization/.
#ifndef PINION_AUTHORIZATION_AUDIT_QUEUE_H_
#define PINION_AUTHORIZATION_AUDIT_QUEUE_H_

#include <sys/types.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>

#include "absl/time/time.h"
#include "pinion/authorization/audit_loggers.h"
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
  static constexpr size_t kMaxWaiting = 4096;

  // `events` may be null. At the end, what waits is still written, for as long as `flush_within`; what then remains is
  // dropped, and a thread that hangs in a write is left to itself, with all that it uses.
  explicit AuditQueue(std::shared_ptr<EventSink> events, absl::Duration flush_within = absl::Seconds(2));
  ~AuditQueue();
  AuditQueue(const AuditQueue&) = delete;
  AuditQueue& operator=(const AuditQueue&) = delete;

  // The next event that is told also says how many were dropped before it.
  void Push(AuditItem item);
  // Since the beginning.
  int64_t dropped() const;

 private:
  struct State;
  // Until the end. Shares the state, which it may outlive the queue with.
  static void Run(const std::shared_ptr<State>& state);

  const std::shared_ptr<State> state_;
  const absl::Duration flush_within_;
  const pid_t process_ = getpid();
  std::thread thread_;
};

}  // namespace pinion

#endif  // PINION_AUTHORIZATION_AUDIT_QUEUE_H_
