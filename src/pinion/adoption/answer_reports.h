// Reports what this process answers to others that are about to use another key.
#ifndef PINION_ADOPTION_ANSWER_REPORTS_H_
#define PINION_ADOPTION_ANSWER_REPORTS_H_

#include <cstddef>
#include <map>
#include <string>
#include <utility>
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
  // For one more, the one that was reported first is forgotten.
  static constexpr size_t kMostPeers = 1'024;
  static constexpr size_t kMostOfPeer = 16;

  // Adds an event if the answer to this peer, which was dialled as `host`, has changed. To be called again while it
  // holds.
  void Note(const PeerKey& peer, const std::string& host, const Conversation::Answered& answered, absl::Time now,
            std::vector<AdoptionEvent>* news);

 private:
  struct Reported {
    absl::Time at = absl::InfinitePast();
    std::map<std::pair<std::string, std::string>, v1::Reason> answers;  // by host and pin
  };

  std::map<PeerKey, Reported> reported_;
};

}  // namespace pinion

#endif  // PINION_ADOPTION_ANSWER_REPORTS_H_
