#include "pinion/adoption/answer_reports.h"

#include "absl/strings/str_cat.h"
#include "pinion/base/printable.h"

namespace pinion {

void AnswerReports::Note(const PeerKey& peer, const Conversation::Answered& answered, absl::Time now,
                         std::vector<AdoptionEvent>* news) {
  const auto found = reported_.find(peer);
  if (found == reported_.end() && reported_.size() >= kMostPeers) return;
  Reported& last = found == reported_.end() ? reported_[peer] : found->second;
  if ((last.pin == answered.pin && last.reason == answered.reason) || now - last.at < kInterval) return;
  last = {answered.pin, answered.reason, now};
  const char* const what = peer.side == Side::kClient ? "the server" : "the client";
  const std::string text = absl::StrCat(
      what, " \"", Printable(peer.name), "\" is about to use the key ", answered.pin, ", which this process ",
      answered.reason == v1::ACCEPTED ? "would accept" : absl::StrCat("would refuse: ", answered.text));
  news->push_back({now, answered.pin, 0, text, answered.reason});
}

}  // namespace pinion
