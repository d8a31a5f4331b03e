#include "pinion/adoption/judgements.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "pinion/adoption/position.h"
#include "pinion/handshake/peer_verifier.h"
#include "pinion/json/timestamp.h"
#include "pinion/x509/encoding/digest.h"

namespace pinion {
namespace {

// An answer "no" may become "yes" when a certificate or a pin becomes valid.
constexpr absl::Duration kAskAgain = absl::Minutes(1);

Judgement Judge(const Snapshot& snapshot, PeerRole peer, const std::string& host, const v1::Candidate& candidate,
                absl::Time now) {
  PresentedChain presented;
  presented.leaf = candidate.certificates(0);
  presented.others.assign(candidate.certificates().begin() + 1, candidate.certificates().end());
  const auto& verifier = peer == PeerRole::kServer ? snapshot.server_verifier : snapshot.client_verifier;
  const Verdict verdict = verifier == nullptr ? Verdict() : verifier->Verify(presented, peer, host, now);
  Judgement judgement;
  judgement.answer.set_candidate_sha256(DigestOf(candidate));
  judgement.answer.set_reason(verdict.reason);
  if (verdict.matched.has_value()) judgement.answer.set_matched_state(verdict.matched->state);
  if (verdict.accepted() && verdict.holds_until < absl::InfiniteFuture()) {
    *judgement.answer.mutable_accepted_until() = json::ToTimestamp(verdict.holds_until);
  }
  judgement.holds_until = verdict.accepted() ? verdict.holds_until : now + kAskAgain;
  if (const absl::StatusOr<x509::Sha256Digest> leaf = x509::Sha256(presented.leaf); leaf.ok()) {
    judgement.leaf_sha256 = std::string(leaf->begin(), leaf->end());
  }
  if (verdict.leaf.has_value()) judgement.pin = x509::ToPinText(verdict.leaf->spki_digest());
  if (!verdict.accepted()) judgement.text = verdict.ToString();
  return judgement;
}

}  // namespace

const Judgement& Judgements::Of(const std::shared_ptr<const Snapshot>& snapshot, PeerRole peer, const std::string& host,
                                const v1::Candidate& candidate, absl::Time now) {
  if (snapshot != snapshot_ || known_.size() >= kMost || now < judged_) {
    known_.clear();
    snapshot_ = snapshot;
  }
  const std::string key =
      absl::StrCat(static_cast<int>(peer), host, absl::string_view("\0", 1), candidate.SerializeAsString());
  const auto [known, is_new] = known_.try_emplace(key);
  if (is_new || now >= known->second.holds_until) {
    known->second = Judge(*snapshot, peer, host, candidate, now);
    judged_ = now;
  }
  return known->second;
}

}  // namespace pinion
