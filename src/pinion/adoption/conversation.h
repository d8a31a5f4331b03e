// One exchange, apart from how its statements are sent.
#ifndef PINION_ADOPTION_CONVERSATION_H_
#define PINION_ADOPTION_CONVERSATION_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "pinion/adoption/judgements.h"
#include "pinion/adoption/position.h"
#include "pinion/handshake/verified_path.h"

namespace pinion {

// Not thread-safe.
class Conversation {
 public:
  // `peer` is the role of the other side; `host` is the host that was dialled if it is a server. Conversations of one
  // thread may share their judgements.
  Conversation(PeerRole peer, std::string host, std::shared_ptr<Judgements> judgements = std::make_shared<Judgements>())
      : peer_(peer), host_(std::move(host)), judgements_(std::move(judgements)) {}

  // Takes a serialized statement of the other side. Returns InvalidArgument if it is not one.
  absl::Status Hear(const std::string& message);

  // Returns the statement to send, serialized, if it differs from the last one: the position, `presented`, and what the
  // verifier of the position's snapshot answers to the candidates of the other side. Judges them only if they, the
  // snapshot, or an answer's time have changed.
  std::optional<std::string> Say(const std::shared_ptr<const Position>& position, const std::string& presented,
                                 absl::Time now);

  const std::string& host() const { return host_; }
  // What Say answers to one candidate.
  struct Answered {
    std::string pin;  // of the candidate's key: "sha256/…="; empty if it has none
    v1::Reason reason = v1::REASON_UNSPECIFIED;
    std::string text;  // of a refusal
  };
  const std::vector<Answered>& answered() const { return answered_; }

  // The last statement of the other side; empty before the first one.
  const std::optional<v1::Statement>& heard() const { return heard_; }
  // Whether the last answer about a candidate with this leaf, by its digest, was that it would be refused.
  bool Refuses(const std::string& leaf_sha256) const { return refused_.contains(leaf_sha256); }

 private:
  static constexpr size_t kMostRefused = 16;

  void Answer(const v1::Candidate& candidate, absl::Time now);

  const PeerRole peer_;
  const std::string host_;
  const std::shared_ptr<Judgements> judgements_;
  std::optional<v1::Statement> heard_;
  std::shared_ptr<const Position> position_;  // of the last answers
  bool has_news_ = false;                     // heard since
  absl::Time answers_hold_until_ = absl::InfiniteFuture();
  std::vector<v1::Answer> answers_;
  std::vector<Answered> answered_;            // the same
  absl::flat_hash_set<std::string> refused_;  // digests of leaves, kMostRefused at most
  size_t said_ = 0;                           // a hash of the last statement
};

}  // namespace pinion

#endif  // PINION_ADOPTION_CONVERSATION_H_
