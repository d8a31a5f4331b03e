// Decides when a process presents its next identity in place of the one before.
#ifndef PINION_ADOPTION_GATE_H_
#define PINION_ADOPTION_GATE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "pinion/adoption/position.h"
#include "pinion/census/census.h"
#include "pinion/event_sink.h"
#include "pinion/v1/census.pb.h"
#include "pinion/workload_options.h"
#include "pinion/workload_status.h"

namespace pinion {

// Opens when at least one process accepts the next identity and none has blocked it for two drain windows. Opens at
// once if the identity cannot be used much longer: its key is REVOKED, or its certificate is about to end. Not
// thread-safe.
class Gate {
 public:
  // A certificate is about to end when a twentieth of its life is left, but at least the first and at most the second
  // of these, and not before a third of its life is left.
  static constexpr absl::Duration kLeastAboutToEnd = absl::Hours(1);
  static constexpr absl::Duration kMostAboutToEnd = absl::Hours(24);
  // Until those that accepted have noticed that the process presents another certificate, which begins some seconds
  // after the change.
  static constexpr absl::Duration kNoticing = absl::Seconds(10);
  // After an attempt that has failed.
  static constexpr absl::Duration kTryAgain = absl::Seconds(10);

  explicit Gate(const WorkloadOptions& options)
      : is_automatic_(options.adoption.SwitchesByItself()), patience_(2 * options.drain_window) {}

  // What is seen. Waiting is by the steady clock.
  struct Seen {
    const Position* position;
    Census* census;
    absl::Time now;
    absl::Time steady_now;
  };
  enum class Action {
    kNone,
    kSwitch,    // the process is to present the next identity: Switch, or Hold if it cannot
    kSwitched,  // it does, since its start
    kWentBack,  // it no longer does
  };
  // Completes what the census says about the candidate, and adds the events.
  Action Look(const Seen& seen, AdoptionStatus* status, std::vector<AdoptionEvent>* news);

  // To be called before the identity is presented. `stream` is the number of the last one that has joined.
  void Switch(const Seen& seen, const AdoptionStatus& status, int64_t stream);
  // It could not be presented.
  void Hold(const std::string& why, absl::Time steady_now);
  // Whether the next identity is to be presented although processes may refuse it.
  bool IsUrgent() const { return !urgent_.empty(); }
  // Why the key is presented, and who would refuse it.
  std::string SwitchText(const AdoptionStatus& status) const;

  // The last switch, for the census file; empty if its key is not presented.
  const std::optional<v1::CensusFile::Switch>& switched() const { return switched_; }
  // Takes the last switch of an earlier process.
  void Restore(const v1::CensusFile::Switch& switched, absl::Time steady_now);

 private:
  Action LookAtCandidate(const Seen& seen, AdoptionStatus* status);
  void Follow(const Seen& seen, AdoptionStatus* status, std::vector<AdoptionEvent>* news);

  const bool is_automatic_;
  const absl::Duration patience_;
  std::string candidate_;                                // its digest
  absl::Time unblocked_since_ = absl::InfiniteFuture();  // by the steady clock
  std::string urgent_;                                   // why there is no time to wait; empty if there is
  std::string failed_;                                   // why the last attempt failed
  absl::Time not_before_ = absl::InfinitePast();         // by the steady clock
  std::optional<v1::CensusFile::Switch> switched_;
  int64_t switch_stream_ = 0;
  absl::Time followed_since_ = absl::InfinitePast();  // by the steady clock
  bool is_followed_ = false;                          // and those that are missing were reported
};

}  // namespace pinion

#endif  // PINION_ADOPTION_GATE_H_
