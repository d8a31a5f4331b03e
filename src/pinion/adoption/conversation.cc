#include "pinion/adoption/conversation.h"

#include <algorithm>
#include <utility>

#include "absl/hash/hash.h"

namespace pinion {
namespace {

bool AskTheSame(const v1::Statement& one, const v1::Statement& other) {
  return one.candidates_size() == other.candidates_size() &&
         std::equal(one.candidates().begin(), one.candidates().end(), other.candidates().begin(),
                    [](const auto& a, const auto& b) { return a.SerializeAsString() == b.SerializeAsString(); });
}

}  // namespace

absl::Status Conversation::Hear(const std::string& message) {
  v1::Statement statement;
  if (!statement.ParseFromString(message)) return absl::InvalidArgumentError("the message is no statement");
  if (absl::Status status = CheckStatement(statement); !status.ok()) return status;
  has_news_ = has_news_ || !heard_.has_value() || !AskTheSame(*heard_, statement);
  heard_ = std::move(statement);
  return absl::OkStatus();
}

void Conversation::Answer(const v1::Candidate& candidate, absl::Time now) {
  const Judgement& judgement = judgements_->Of(position_->snapshot, peer_, host_, candidate, now);
  answers_.push_back(judgement.answer);
  answered_.push_back({judgement.pin, judgement.answer.reason(), judgement.text});
  answers_hold_until_ = std::min(answers_hold_until_, judgement.holds_until);
  if (judgement.answer.reason() == v1::ACCEPTED) {
    refused_.erase(judgement.leaf_sha256);
  } else if (refused_.size() < kMostRefused) {
    refused_.insert(judgement.leaf_sha256);
  }
}

std::optional<std::string> Conversation::Say(const std::shared_ptr<const Position>& position,
                                             const std::string& presented, absl::Time now) {
  if (position != position_ || has_news_ || now >= answers_hold_until_) {
    position_ = position;
    has_news_ = false;
    answers_hold_until_ = absl::InfiniteFuture();
    answers_.clear();
    answered_.clear();
    if (heard_.has_value()) {
      for (const v1::Candidate& candidate : heard_->candidates()) Answer(candidate, now);
    }
  }
  v1::Statement statement = position->statement;
  for (const v1::Answer& answer : answers_) *statement.add_answers() = answer;
  statement.set_presented_sha256(presented);
  std::string text = statement.SerializeAsString();
  const size_t hash = absl::HashOf(text);
  if (hash == said_) return std::nullopt;
  said_ = hash;
  return text;
}

}  // namespace pinion
