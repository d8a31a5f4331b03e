// Audited calls on their way to the event sink and the policy's loggers.
#ifndef PINION_AUTHORIZATION_AUDIT_AUDIT_QUEUE_H_
#define PINION_AUTHORIZATION_AUDIT_AUDIT_QUEUE_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>

#include "absl/time/time.h"
#include "pinion/authorization/audit/fair_audit_line.h"
#include "pinion/event_sink.h"

namespace pinion {

// Push may be called from any thread and waits for no sink and no logger; one thread of the queue's own calls them.
// What comes while kMaxWaiting events wait is dropped and counted, from the caller with the most waiting.
class AuditQueue {
 public:
  static constexpr size_t kMaxWaiting = FairAuditLine::kMaxWaiting;

  // `events` may be null. At the end, what waits is still written, for as long as `flush_within`; what then remains is
  // dropped, and a thread that hangs in a write is left to itself, with all that it uses.
  explicit AuditQueue(std::shared_ptr<EventSink> events, absl::Duration flush_within = absl::Seconds(2));
  ~AuditQueue();
  AuditQueue(const AuditQueue&) = delete;
  AuditQueue& operator=(const AuditQueue&) = delete;

  void Push(AuditItem item);
  // Calls that were lost since the beginning.
  int64_t dropped() const;

 private:
  // Shared with the thread, which may outlive the queue.
  struct State;

  static void Run(State& state);
  // Whether the thread is done within `flush_within`.
  static bool End(State& state, absl::Duration flush_within);

  const std::shared_ptr<State> state_;
  const absl::Duration flush_within_;
  const pid_t process_;
  std::thread thread_;
};

}  // namespace pinion

#endif  // PINION_AUTHORIZATION_AUDIT_AUDIT_QUEUE_H_
