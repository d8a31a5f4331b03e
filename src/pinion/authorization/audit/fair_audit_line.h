// Audited calls that wait to be written, in an order that is fair to the callers. Private to authorization/audit/.
//
// Callers take turns, one line each, in the order of their calls. Denied calls of one caller that one rule decides are
// one line a second: the first of them at once, the others as a line that counts them. So a caller that floods the
// audit delays another's line by one of its own, and cannot displace it.
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
  std::shared_ptr<AuditLoggers> loggers;  // null: none
};

// For one thread at a time. The caller is the event's principal. Times are of a monotonic clock.
class FairAuditLine {
 public:
  // When so many wait, the caller with the most waiting loses its latest.
  static constexpr size_t kMaxWaiting = 4096;
  static constexpr absl::Duration kRepeatWindow = absl::Seconds(1);

  void Push(AuditItem item, absl::Time now);
  // The next line that is due; none when nothing is. Its `dropped` is the number of the caller's calls that were lost
  // and that no line counts yet.
  std::optional<AuditItem> Take(absl::Time now);
  // When Take has to be called again: the infinite future, unless calls or windows wait.
  absl::Time NextDue() const;

  // Calls that were lost since the beginning.
  int64_t dropped() const { return dropped_; }

 private:
  struct Caller;
  // Identifies repeats: the policies, their rules and the loggers.
  using RuleKey = std::string;
  // Repeats within a second of the line before.
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
    int64_t dropped = 0;  // calls, that no line counts yet
  };
  using Callers = std::map<std::string, Caller>;

  static RuleKey RuleOf(const AuditItem& item);

  // Whether the item was added to the repeats of an open window; opens one where there is none.
  bool AddToWindow(Caller* caller, AuditItem* item, absl::Time now);
  // Whether there is room for one more of this caller's, if need be by dropping another's.
  bool MakeRoom(const Caller& caller);
  void AddDue(Caller* caller, AuditItem item);
  // Ends the windows that are over by `now`: their repeats are due.
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
