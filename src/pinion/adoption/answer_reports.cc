#include "pinion/adoption/answer_reports.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "pinion/base/printable.h"

namespace pinion {

void AnswerReports::Note(const PeerKey& peer, const std::string& host, const Conversation::Answered& answered,
                         absl::Time now, std::vector<AdoptionEvent>* news) {
  if (reported_.size() >= kMostPeers && reported_.count(peer) == 0) {
    reported_.erase(std::min_element(reported_.begin(), reported_.end(), [](const auto& one, const auto& other) {
      return one.second.at < other.second.at;
    }));
  }
  Reported& last = reported_[peer];
  const auto known = last.answers.find({host, answered.pin});
  if (known != last.answers.end() && known->second == answered.reason) return;
  if (absl::AbsDuration(now - last.at) < kInterval) return;
  if (last.answers.size() >= kMostOfPeer) last.answers.clear();
  last.answers[{host, answered.pin}] = answered.reason;
  last.at = now;
  const std::string whose = peer.side == Side::kClient
                                ? absl::StrCat("the server \"", Printable(peer.name), "\", as ", Printable(host), ",")
                                : absl::StrCat("the client \"", Printable(peer.name), "\"");
  const std::string text =
      absl::StrCat(whose, " is about to use the key ", answered.pin, ", which this process ",
                   answered.reason == v1::ACCEPTED ? "would accept" : absl::StrCat("would refuse: ", answered.text));
  news->push_back({now, answered.pin, 0, text, answered.reason});
}

}  // namespace pinion
