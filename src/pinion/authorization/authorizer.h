// Decides calls by the active authorization policy and audits the decisions.
#ifndef PINION_AUTHORIZATION_AUTHORIZER_H_
#define PINION_AUTHORIZATION_AUTHORIZER_H_

#include <cstdint>
#include <functional>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "pinion/authorization/audit/audit_queue.h"
#include "pinion/authorization/call.h"
#include "pinion/authorization/decision.h"
#include "pinion/authorization/policy.h"
#include "pinion/base/mutex.h"
#include "pinion/event_sink.h"
#include "pinion/telemetry/call_counters.h"

namespace pinion {

// Thread-safe. Allow never waits for Use, an event sink or a logger, and it cannot fail.
//
// The audit (gRFC A59): the policy's audit_condition selects the calls that its audit_loggers and EventSink::OnAudit
// receive. Without a condition, the event sink receives denied calls, and the loggers, as in A59, none. A shadow policy
// is not enforced; calls that it would decide differently are reported to all of them, regardless of the condition. A
// thread of the authorizer writes the events. Denied calls of one caller by one rule produce one event per second, with
// their number. Callers take turns, and if events come too fast, calls of the caller with the most events are dropped
// and counted (fair_audit_line.h). EventSink::OnAuditLogger reports a failing logger once.
class Authorizer {
 public:
  // `shadow` and `events` may be null. `clock` is for the events, and must be callable from any thread. `counters`
  // count the decisions.
  explicit Authorizer(std::shared_ptr<const AuthorizationPolicy> policy,
                      std::shared_ptr<const AuthorizationPolicy> shadow = nullptr,
                      std::shared_ptr<EventSink> events = nullptr, std::function<absl::Time()> clock = absl::Now,
                      std::shared_ptr<CallCounters> counters = std::make_shared<CallCounters>());
  // Writes the waiting events for at most 2 s. Allow must not be running.
  ~Authorizer();
  Authorizer(const Authorizer&) = delete;
  Authorizer& operator=(const Authorizer&) = delete;

  // Whether the call may proceed to its handler. One policy decides each call: the active one when Allow is called.
  bool Allow(const CallToAuthorize& call);

  // Replaces both policies at once, from the next call on. `policy` must not be null; `shadow` may be null.
  void Use(std::shared_ptr<const AuthorizationPolicy> policy, std::shared_ptr<const AuthorizationPolicy> shadow);

  // The number of calls that the audit dropped because they came too fast.
  int64_t dropped() const { return queue_.dropped(); }

 private:
  // The policies and their audit, replaced together; immutable.
  struct Snapshot;

  void Report(const Snapshot& snapshot, const CallToAuthorize& call, const Decision& decision,
              const Decision* differing_shadow);

  const std::shared_ptr<CallCounters> counters_;
  const std::shared_ptr<EventSink> events_;
  const std::function<absl::Time()> clock_;
  Mutex using_;                               // one Use at a time
  std::shared_ptr<const Snapshot> snapshot_;  // accessed with std::atomic_load and std::atomic_store
  AuditQueue queue_;
};

}  // namespace pinion

#endif  // PINION_AUTHORIZATION_AUTHORIZER_H_
