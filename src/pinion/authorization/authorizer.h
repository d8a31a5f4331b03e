// Decides calls by the authorization policy in force, and tells the audit.
#ifndef PINION_AUTHORIZATION_AUTHORIZER_H_
#define PINION_AUTHORIZATION_AUTHORIZER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

#include "absl/base/thread_annotations.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "pinion/authorization/audit_queue.h"
#include "pinion/authorization/call.h"
#include "pinion/authorization/decision.h"
#include "pinion/authorization/policy.h"
#include "pinion/telemetry/event_sink.h"

namespace pinion {

// Safe to use from any thread. Allow never waits: not for Use, nor for whoever writes the audit down. It cannot fail.
//
// The audit (gRFC A59): the policy's audit_condition says which calls are told, to its audit_loggers and as
// EventSink::OnAudit. Where it says none, the event sink is told of denied calls, which somebody should see, and the
// loggers, as in A59, of nothing. A shadow policy decides nothing; calls that it would have decided otherwise are told
// to all of them, whatever the condition. Events are written by a thread of the authorizer's own. Denied calls that one
// rule decides for one caller are one event a second, with their number; callers take turns, and when events come too
// fast, those of the caller with the most are dropped and counted (fair_audit_line.h). Of a logger that fails,
// EventSink::OnAuditLogger is told once.
class Authorizer {
 public:
  // `shadow` and `events` may be null. `clock` is for the events, and must be callable from any thread.
  explicit Authorizer(std::shared_ptr<const AuthorizationPolicy> policy,
                      std::shared_ptr<const AuthorizationPolicy> shadow = nullptr,
                      std::shared_ptr<EventSink> events = nullptr, std::function<absl::Time()> clock = absl::Now);
  // Writes what waits to be written, for two seconds at most. No call of Allow may be under way.
  ~Authorizer();
  Authorizer(const Authorizer&) = delete;
  Authorizer& operator=(const Authorizer&) = delete;

  // Whether the call may be handed to its handler. Each call is decided wholly by one policy: the one in force when it
  // is asked for.
  bool Allow(const CallToAuthorize& call);

  // From now on, policy decides and shadow is held against it; both at once. `policy` is never null; `shadow`, where
  // there is none.
  void Use(std::shared_ptr<const AuthorizationPolicy> policy, std::shared_ptr<const AuthorizationPolicy> shadow);

  // How many calls the audit lost because they came too fast.
  int64_t dropped() const { return queue_.dropped(); }

 private:
  // What decides, in force together; immutable.
  struct Snapshot;

  void Tell(const Snapshot& snapshot, const CallToAuthorize& call, const Decision& decision,
            const Decision* differing_shadow);

  const std::shared_ptr<EventSink> events_;
  const std::function<absl::Time()> clock_;
  std::mutex using_;                          // one Use at a time
  std::shared_ptr<const Snapshot> snapshot_;  // by std::atomic_load and std::atomic_store
  AuditQueue queue_;
};

}  // namespace pinion

#endif  // PINION_AUTHORIZATION_AUTHORIZER_H_
