#include "pinion/adoption/conversation.h"

#include <algorithm>
#include <utility>

#include "absl/hash/hash.h"
#include "pinion/handshake/peer_verifier.h"
#include "pinion/json/timestamp.h"
#include "pinion/x509/encoding/digest.h"

namespace pinion {
namespace {

// An answer "no" may become "yes" when a certificate or a pin becomes valid.
constexpr absl::Duration kAskAgain = absl::Minutes(1);

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

v1::Answer Conversation::Judge(const Snapshot& snapshot, const v1::Candidate& candidate, absl::Time now) {
  PresentedChain presented;
  presented.leaf = candidate.certificates(0);
  presented.others.assign(candidate.certificates().begin() + 1, candidate.certificates().end());
  const auto& verifier = peer_ == PeerRole::kServer ? snapshot.server_verifier : snapshot.client_verifier;
  const Verdict verdict = verifier == nullptr ? Verdict() : verifier->Verify(presented, peer_, host_, now);
  v1::Answer answer;
  answer.set_candidate_sha256(DigestOf(candidate));
  answer.set_reason(verdict.reason);
  if (verdict.matched.has_value()) answer.set_matched_state(verdict.matched->state);
  answered_.push_back({verdict.leaf.has_value() ? x509::ToPinText(verdict.leaf->spki_digest()) : "", verdict.reason,
                       verdict.accepted() ? "" : verdict.ToString()});
  const absl::StatusOr<x509::Sha256Digest> leaf = x509::Sha256(presented.leaf);
  const std::string leaf_sha256 = leaf.ok() ? std::string(leaf->begin(), leaf->end()) : "";
  if (verdict.accepted()) {
    refused_.erase(leaf_sha256);
    answers_hold_until_ = std::min(answers_hold_until_, verdict.holds_until);
    if (verdict.holds_until < absl::InfiniteFuture()) {
      *answer.mutable_accepted_until() = json::ToTimestamp(verdict.holds_until);
    }
  } else {
    if (refused_.size() < kMostRefused) refused_.insert(leaf_sha256);
    answers_hold_until_ = std::min(answers_hold_until_, now + kAskAgain);
  }
  return answer;
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
      for (const v1::Candidate& candidate : heard_->candidates()) {
        answers_.push_back(Judge(*position->snapshot, candidate, now));
      }
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
