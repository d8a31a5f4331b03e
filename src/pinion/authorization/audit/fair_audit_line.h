// Audited calls that wait to be written, in an order that is fair to callers. Private to authorization/audit/.
//
// Callers take turns with one line each, in the order of their calls. Denied calls of one caller by one rule produce
// one line per second: the first call immediately, the others as one line with their number. A caller that floods the
// audit can therefore delay a line of another caller only by one of its own lines, and cannot displace it.
#ifndef PINION_AUTHORIZATION_AUDIT_FAIR_AUDIT_LINE_H_
#define PINION_AUTHORIZATION_AUDIT_FAIR_AUDIT_LINE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "pinion/authorization/audit/audit_loggers.h"

namespace pinion {

// An event and the loggers that receive it besides the event sink.
struct AuditItem {
  AuditEvent event;
  std::shared_ptr<AuditLoggers> loggers;  // null if there are none
};

// Not thread-safe; the owner serializes access. The caller is the event's principal. Times are of a monotonic clock.
class FairAuditLine {
 public:
  // At this limit, the latest line of the caller with the most waiting lines is dropped.
  static constexpr size_t kMaxWaiting = 4096;
  static constexpr absl::Duration kRepeatWindow = absl::Seconds(1);

  void Push(AuditItem item, absl::Time now);
  // Returns the next line that is due, if any. Its `dropped` is the number of the caller's dropped calls that no line
  // has counted yet.
  std::optional<AuditItem> Take(absl::Time now);
  // When Take must be called again: the infinite future, unless calls or windows wait.
  absl::Time NextDue() const;

  // The number of calls dropped since construction.
  int64_t dropped() const { return dropped_; }

 private:
  struct Caller;
  // Identifies repeats: the policies, their rules and the loggers.
  using RuleKey = std::string;
  // Repeats within 1 s of the previous line.
  struct Window {
    Caller* caller = nullptr;
    RuleKey rule;
    std::optional<AuditItem> repeats;
  };
  using Windows = std::multimap<absl::Time, Window>;
  struct Caller {
    std::string name;
    std::deque<AuditItem> due;
    std::map<RuleKey, Windows::iterator> windows;
    size_t waiting = 0;   // due and repeats
    int64_t dropped = 0;  // calls that no line has counted yet
  };
  using Callers = std::map<std::string, Caller>;

  static RuleKey RuleOf(const AuditItem& item);

  // Returns whether the item was added to the repeats of an open window; otherwise opens a window.
  bool AddToWindow(Caller* caller, AuditItem* item, absl::Time now);
  // Returns whether there is room for another line of this caller, if necessary after dropping a line of another
  // caller.
  bool MakeRoom(const Caller& caller);
  void AddDue(Caller* caller, AuditItem item);
  // Ends the windows that are over at `now`; their repeats are then due.
  void EndWindows(absl::Time now);
  void Drop(Caller* caller, int64_t calls);
  void ForgetIfIdle(const Caller& caller);

  Callers callers_;           // those with anything waiting, an open window, or calls dropped and not reported
  std::list<Caller*> turns_;  // those with lines that are due
  Windows windows_;           // by their end
  size_t waiting_ = 0;
  int64_t dropped_ = 0;
};

}  // namespace pinion

#endif  // PINION_AUTHORIZATION_AUDIT_FAIR_AUDIT_LINE_H_
