// Sums up the census for the status, and reports who the next identity waits for.
#ifndef PINION_ADOPTION_ADOPTION_WATCH_H_
#define PINION_ADOPTION_ADOPTION_WATCH_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "pinion/adoption/census.h"
#include "pinion/adoption/position.h"
#include "pinion/event_sink.h"
#include "pinion/workload_status.h"

namespace pinion {

// Not thread-safe.
class AdoptionWatch {
 public:
  // A candidate that is refused is reported after this time, so that every connected process has answered.
  static constexpr absl::Duration kPatience = absl::Seconds(5);
  // The shortest time between two reports of who is waited for.
  static constexpr absl::Duration kReportInterval = absl::Minutes(1);

  // What is seen at `now`: the connections are those of Census::Counted.
  struct Seen {
    const Position* position;
    std::vector<CountedConnection> connections;
    absl::Time now;
  };

  explicit AdoptionWatch(std::shared_ptr<EventSink> events) : events_(std::move(events)) {}

  // What is known about the candidate; empty if there is none.
  AdoptionStatus Look(const Seen& seen, Census* census);
  // Sends the events of what was seen. Must be called without locks, since a sink may be slow.
  void Report();

 private:
  void Note(const AdoptionStatus& status, absl::Time now);

  const std::shared_ptr<EventSink> events_;  // may be null
  std::string candidate_;                    // its digest
  absl::Time offered_at_;
  absl::Time accepted_at_ = absl::InfiniteFuture();
  std::string reported_;  // the last text, and its number
  int64_t reported_blocking_ = 0;
  absl::Time reported_at_ = absl::InfinitePast();
  std::vector<AdoptionEvent> news_;
};

}  // namespace pinion

#endif  // PINION_ADOPTION_ADOPTION_WATCH_H_
