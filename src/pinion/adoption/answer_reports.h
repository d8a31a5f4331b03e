// Reports what this process answers to others that are about to use another key.
#ifndef PINION_ADOPTION_ANSWER_REPORTS_H_
#define PINION_ADOPTION_ANSWER_REPORTS_H_

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "pinion/adoption/conversation.h"
#include "pinion/census/census.h"
#include "pinion/event_sink.h"

namespace pinion {

// Not thread-safe.
class AnswerReports {
 public:
  // The shortest time between two reports about one peer.
  static constexpr absl::Duration kInterval = absl::Minutes(1);
  // Of which peers it reports; one that comes later is not reported.
  static constexpr size_t kMostPeers = 1'024;

  // Adds an event if the answer is not the one that was reported last. To be called again while it holds.
  void Note(const PeerKey& peer, const Conversation::Answered& answered, absl::Time now,
            std::vector<AdoptionEvent>* news);

 private:
  struct Reported {
    std::string pin;
    v1::Reason reason = v1::REASON_UNSPECIFIED;
    absl::Time at = absl::InfinitePast();
  };

  std::map<PeerKey, Reported> reported_;
};

}  // namespace pinion

#endif  // PINION_ADOPTION_ANSWER_REPORTS_H_
