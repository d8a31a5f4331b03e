#include "pinion/adoption/adoption_watch.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "pinion/base/printable.h"

namespace pinion {
namespace {

constexpr size_t kMostNamed = 8;

bool Blocks(const PeerAdoption& peer) {
  return peer.state == AdoptionState::kBehind || peer.state == AdoptionState::kSilent ||
         peer.state == AdoptionState::kGone;
}

std::string ToString(const PeerAdoption& peer) {
  std::string text = absl::StrCat(peer.peer.empty() ? "unlisted" : Printable(peer.peer), " x", peer.count);
  if (peer.state == AdoptionState::kSilent) return absl::StrCat(text, " has not answered");
  if (peer.reason != v1::REASON_UNSPECIFIED) absl::StrAppend(&text, " ", v1::Reason_Name(peer.reason));
  if (peer.state == AdoptionState::kGone) absl::StrAppend(&text, " has left");
  if (peer.pin_set_version > 0) absl::StrAppend(&text, " with pin set ", peer.pin_set_version);
  return text;
}

// The connections of each peer that have no stream.
std::map<PeerKey, int64_t> SilentOf(const AdoptionWatch::Seen& seen, const Census& census) {
  std::map<PeerKey, int64_t> silent;
  for (const auto& [peer, connections] : seen.connections) {
    const PeerKey key = {peer.first, peer.second, !peer.second.empty()};
    const int64_t streams = census.Streams(key);
    if (connections > streams) silent[key] = connections - streams;
  }
  return silent;
}

// The peers that could call this process, and that it has not seen.
void AddNeverSeen(const Snapshot& snapshot, std::vector<PeerAdoption>* peers) {
  if (snapshot.client_verifier == nullptr) return;
  const std::vector<const Peer*> own = snapshot.pin_set->FindByNames(snapshot.identity->certificate().names());
  for (const Peer& peer : snapshot.pin_set->peers()) {
    const bool is_seen = std::any_of(peers->begin(), peers->end(), [&](const PeerAdoption& one) {
      return one.side == Side::kServer && one.is_listed && one.peer == peer.name;
    });
    if (is_seen || std::find(own.begin(), own.end(), &peer) != own.end()) continue;
    PeerAdoption unseen;
    unseen.peer = peer.name;
    unseen.is_listed = true;
    peers->push_back(std::move(unseen));
  }
}

}  // namespace

AdoptionStatus AdoptionWatch::Look(const Seen& seen, const Census& census) {
  AdoptionStatus status;
  const Position& position = *seen.position;
  if (position.candidate != candidate_) {
    candidate_ = position.candidate;
    offered_at_ = seen.now;
    accepted_at_ = absl::InfiniteFuture();
    reported_.clear();
    reported_at_ = absl::InfinitePast();
  }
  status.candidate = position.candidate_pin;
  if (status.candidate.empty()) return status;
  status.offered_at = offered_at_;
  status.peers = census.About(candidate_, SilentOf(seen, census), seen.now);
  for (const PeerAdoption& peer : status.peers) status.blocking += Blocks(peer) ? peer.count : 0;
  AddNeverSeen(*position.snapshot, &status.peers);
  const bool is_asked = seen.now - offered_at_ >= kPatience;
  if (status.blocking > 0 || !is_asked) {
    accepted_at_ = absl::InfiniteFuture();
  } else if (accepted_at_ == absl::InfiniteFuture()) {
    accepted_at_ = seen.now;
  }
  status.accepted_at = accepted_at_;
  if (is_asked) Note(status, seen.now);
  return status;
}

void AdoptionWatch::Note(const AdoptionStatus& status, absl::Time now) {
  std::string text = pinion::ToString(status);
  const bool was_blocked = reported_blocking_ > 0;
  const bool changes_side = reported_.empty() || was_blocked != (status.blocking > 0);
  if (text == reported_ || (!changes_side && now - reported_at_ < kReportInterval)) return;
  reported_ = text;
  reported_at_ = now;
  reported_blocking_ = status.blocking;
  news_.push_back({now, status.candidate, status.blocking, std::move(text)});
}

void AdoptionWatch::Report() {
  for (const AdoptionEvent& event : std::exchange(news_, {})) {
    if (events_ != nullptr) events_->OnAdoption(event);
  }
}

std::string ToString(const AdoptionStatus& status) {
  int64_t all = 0;
  std::vector<std::string> named;
  size_t blocking_peers = 0;
  for (const PeerAdoption& peer : status.peers) {
    all += peer.count;
    if (!Blocks(peer)) continue;
    if (++blocking_peers <= kMostNamed) named.push_back(ToString(peer));
  }
  if (status.blocking == 0) {
    return absl::StrCat("the next key ", status.candidate, " would be accepted by all ", all, " known processes");
  }
  if (blocking_peers > kMostNamed) named.push_back(absl::StrCat(blocking_peers - kMostNamed, " more"));
  return absl::StrCat("the next key ", status.candidate, " must wait: ", status.blocking, " of ", all,
                      " processes would refuse it or have not said: ", absl::StrJoin(named, "; "));
}

}  // namespace pinion
