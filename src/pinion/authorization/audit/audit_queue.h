// A queue of audited calls for the event sink and the policy's loggers.
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

// Push may be called from any thread and never waits for a sink or logger; the queue's own thread calls them. While
// kMaxWaiting events wait, events of the caller with the most waiting events are dropped and counted.
class AuditQueue {
 public:
  static constexpr size_t kMaxWaiting = FairAuditLine::kMaxWaiting;

  // `events` may be null. On destruction, waiting events are still written for up to `flush_within`; the remaining ones
  // are dropped. A thread that is blocked in a write is then detached and keeps the resources that it uses.
  explicit AuditQueue(std::shared_ptr<EventSink> events, absl::Duration flush_within = absl::Seconds(2));
  ~AuditQueue();
  AuditQueue(const AuditQueue&) = delete;
  AuditQueue& operator=(const AuditQueue&) = delete;

  // Returns the number of calls that were dropped for it, or with it.
  int64_t Push(AuditItem item);
  // The number of calls dropped since construction.
  int64_t dropped() const;

 private:
  // Shared with the thread, which may outlive the queue.
  struct State;

  static void Run(State& state);
  // Returns whether the thread finishes within `flush_within`.
  static bool End(State& state, absl::Duration flush_within);

  const std::shared_ptr<State> state_;
  const absl::Duration flush_within_;
  const pid_t process_;
  std::thread thread_;
};

}  // namespace pinion

#endif  // PINION_AUTHORIZATION_AUDIT_AUDIT_QUEUE_H_
