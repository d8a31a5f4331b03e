#include "pinion/adoption/gate.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "pinion/base/printable.h"
#include "pinion/base/rfc3339.h"
#include "pinion/census/report.h"
#include "pinion/json/timestamp.h"

namespace pinion {
namespace {

// Why the identity cannot be used much longer; empty if it can, or if the next one is no better.
std::string WhyUrgent(const Snapshot& snapshot, absl::Time now) {
  const x509::Certificate& leaf = snapshot.identity->certificate();
  const x509::Certificate& next = snapshot.next_identity->certificate();
  if (snapshot.pin_set->FindRevoked(snapshot.next_identity->chain()) != nullptr) return "";
  if (snapshot.pin_set->FindRevoked(snapshot.identity->chain()) != nullptr) {
    return "the key in use is REVOKED in the pin set in effect";
  }
  const absl::Duration life = leaf.not_after() - leaf.not_before();
  const absl::Duration twentieth = std::clamp(life / 20, Gate::kLeastAboutToEnd, Gate::kMostAboutToEnd);
  const absl::Duration margin = std::min(twentieth, life / 3);
  if (leaf.not_after() - now > margin || next.not_after() <= leaf.not_after()) return "";
  return absl::StrCat("the certificate in use ends at ", FormatRfc3339(leaf.not_after()));
}

}  // namespace

Gate::Action Gate::Look(const Seen& seen, AdoptionStatus* status, std::vector<AdoptionEvent>* news) {
  const Snapshot& snapshot = *seen.position->snapshot;
  const std::string presented = snapshot.identity->SpkiPin();
  if (switched_.has_value() && switched_->key() != presented && !snapshot.next_identity_fails) {
    news->push_back({seen.now, switched_->key(), 0,
                     absl::StrCat("the key ", Printable(switched_->key()), " is no longer in use, and ", presented,
                                  " is: next_identity is gone or has another key, and identity has this one")});
    switched_.reset();
    return Action::kWentBack;
  }
  if (!switched_.has_value() && snapshot.PresentsNext()) {
    urgent_ = "peers would have refused the other one when this process started";
    status->candidate = presented;
    Switch(seen, *status, 0);
    news->push_back({seen.now, presented, 0, SwitchText(*status)});
    return Action::kSwitched;
  }
  if (status->candidate.empty() || status->candidate == presented) {
    if (switched_.has_value()) Follow(seen, status, news);
    return Action::kNone;
  }
  return is_automatic_ ? LookAtCandidate(seen, status) : Action::kNone;
}

Gate::Action Gate::LookAtCandidate(const Seen& seen, AdoptionStatus* status) {
  if (std::exchange(candidate_, seen.position->candidate) != seen.position->candidate) {
    failed_.clear();
    not_before_ = absl::InfinitePast();
    unblocked_since_ = absl::InfiniteFuture();
  }
  // The clients of a process that serves count, not the servers that it calls.
  const Side side = seen.position->snapshot->client_verifier != nullptr ? Side::kServer : Side::kClient;
  const std::map<PeerKey, int64_t>& accepting = seen.census->Look(candidate_, seen.now).accepting;
  const bool is_accepted =
      std::any_of(accepting.begin(), accepting.end(), [side](const auto& one) { return one.first.side == side; });
  const bool is_unblocked = is_accepted && status->accepted_at < absl::InfiniteFuture();
  unblocked_since_ = is_unblocked ? std::min(unblocked_since_, seen.steady_now) : absl::InfiniteFuture();
  status->gate = is_unblocked && failed_.empty() ? AdoptionGate::kSettling : AdoptionGate::kHeld;
  if (!is_accepted) status->held = "no connected process has said that it would accept it";
  if (!failed_.empty()) status->held = failed_;
  urgent_ = WhyUrgent(*seen.position->snapshot, seen.now);
  const bool is_open = IsUrgent() || seen.steady_now - unblocked_since_ >= patience_;
  return is_open && seen.steady_now >= not_before_ ? Action::kSwitch : Action::kNone;
}

void Gate::Switch(const Seen& seen, const AdoptionStatus& status, int64_t stream) {
  v1::CensusFile::Switch switched;
  switched.set_key(status.candidate);
  *switched.mutable_at() = json::ToTimestamp(seen.now);
  if (status.offered_at > absl::UnixEpoch()) *switched.mutable_offered() = json::ToTimestamp(status.offered_at);
  if (status.accepted_at < absl::InfiniteFuture()) {
    *switched.mutable_accepted() = json::ToTimestamp(status.accepted_at);
  }
  for (const auto& [key, count] : seen.census->Look(seen.position->candidate, seen.now).accepting) {
    if (key.attests) continue;  // which processes those were is not known
    v1::CensusFile::Peer* const added = switched.add_accepted_by();
    SetKey(key, added);
    added->set_count(static_cast<int>(count));
  }
  Restore(switched, seen.steady_now);
  switch_stream_ = stream;
}

void Gate::Restore(const v1::CensusFile::Switch& switched, absl::Time steady_now) {
  switched_ = switched;
  switch_stream_ = 0;
  followed_since_ = steady_now;
  is_followed_ = false;
}

void Gate::Hold(const std::string& why, absl::Time steady_now) {
  switched_.reset();
  failed_ = why;
  not_before_ = steady_now + kTryAgain;
}

std::string Gate::SwitchText(const AdoptionStatus& status) const {
  const std::string key = absl::StrCat("the next key ", Printable(status.candidate), " is in use now, ");
  if (!IsUrgent()) return absl::StrCat(key, "since no process has blocked it for ", absl::FormatDuration(patience_));
  const std::string blocking = pinion::ToString(Blocking(status.peers));
  return absl::StrCat(key, "although no gate was passed, since ", urgent_,
                      blocking.empty() ? "" : absl::StrCat("; would refuse it or have not said: ", blocking));
}

void Gate::Follow(const Seen& seen, AdoptionStatus* status, std::vector<AdoptionEvent>* news) {
  status->candidate = switched_->key();
  status->gate = AdoptionGate::kSwitched;
  status->switched_at = json::ToTime(switched_->at());
  status->offered_at = json::ToTime(switched_->has_offered() ? switched_->offered() : switched_->at());
  if (switched_->has_accepted()) status->accepted_at = json::ToTime(switched_->accepted());
  if (seen.steady_now - followed_since_ < kNoticing + patience_) return;
  for (const v1::CensusFile::Peer& peer : switched_->accepted_by()) {
    const PeerKey key = KeyOf(peer);
    const int64_t missing = peer.count() - seen.census->CountJoinedSince(key, switch_stream_);
    if (missing <= 0) continue;
    PeerAdoption& added = status->peers.emplace_back();
    added.side = key.side;
    added.peer = key.name;
    added.is_listed = key.is_listed;
    added.state = AdoptionState::kMissing;
    added.count = missing;
  }
  if (std::exchange(is_followed_, true)) return;
  news->push_back({seen.now, status->candidate, 0, pinion::ToString(*status)});
}

}  // namespace pinion
