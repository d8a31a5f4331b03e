// Sums up the census for the status, and reports who the next identity waits for.
#ifndef PINION_ADOPTION_ADOPTION_WATCH_H_
#define PINION_ADOPTION_ADOPTION_WATCH_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "pinion/adoption/position.h"
#include "pinion/census/census.h"
#include "pinion/event_sink.h"
#include "pinion/workload_options.h"
#include "pinion/workload_status.h"

namespace pinion {

// Not thread-safe.
class AdoptionWatch {
 public:
  // A candidate that is refused is reported after this time, so that every connected process has answered.
  static constexpr absl::Duration kPatience = absl::Seconds(5);
  // The shortest time between two reports of who is waited for.
  static constexpr absl::Duration kReportInterval = absl::Minutes(1);
  // The time between two reports of an exclusion.
  static constexpr absl::Duration kRemindInterval = absl::Hours(24);

  // What is seen at `now`: the connections are those of Census::Counted.
  struct Seen {
    const Position* position;
    std::vector<CountedConnection> connections;
    absl::Time now;
  };

  explicit AdoptionWatch(std::vector<AdoptionExclusion> exclusions) : exclusions_(std::move(exclusions)) {}

  // What is known about the candidate; empty if there is none.
  AdoptionStatus Look(const Seen& seen, Census* census);
  // Adds the events of what Look has returned, apart from those of the gate.
  void Note(const AdoptionStatus& status, absl::Time now, std::vector<AdoptionEvent>* news);

  // Those in force at `now`.
  std::vector<AdoptionExclusion> Exclusions(absl::Time now) const;

 private:
  void Remind(const AdoptionStatus& status, absl::Time now, std::vector<AdoptionEvent>* news);

  const std::vector<AdoptionExclusion> exclusions_;
  std::string candidate_;  // its digest
  absl::Time offered_at_;
  absl::Time accepted_at_ = absl::InfiniteFuture();
  std::string reported_;  // the last text, and its number
  int64_t reported_blocking_ = 0;
  absl::Time reported_at_ = absl::InfinitePast();
  absl::Time reminded_at_ = absl::InfinitePast();
};

}  // namespace pinion

#endif  // PINION_ADOPTION_ADOPTION_WATCH_H_
