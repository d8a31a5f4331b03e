#include "pinion/adoption/adoption_watch.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "pinion/base/printable.h"
#include "pinion/base/rfc3339.h"
#include "pinion/census/report.h"

namespace pinion {
namespace {

// The peers that could call this process, and that it has not seen.
void AddNeverSeen(const Snapshot& snapshot, std::vector<PeerAdoption>* peers) {
  if (snapshot.client_verifier == nullptr) return;
  const std::vector<const Peer*> own = snapshot.pin_set->FindByNames(snapshot.identity->certificate().names());
  for (const Peer& peer : snapshot.pin_set->peers()) {
    const bool is_seen = std::any_of(peers->begin(), peers->end(), [&](const PeerAdoption& one) {
      return one.side == Side::kServer && one.is_listed && one.peer == peer.name;
    });
    if (is_seen || std::find(own.begin(), own.end(), &peer) != own.end()) continue;
    peers->push_back(NeverSeen(peer.name));
  }
}

}  // namespace

AdoptionStatus AdoptionWatch::Look(const Seen& seen, Census* census) {
  census->Counted(seen.connections, seen.position->candidate, seen.now);
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
  status.peers = census->Look(candidate_, seen.now).peers;
  AddNeverSeen(*position.snapshot, &status.peers);
  for (const AdoptionExclusion& exclusion : Exclusions(seen.now)) {
    for (PeerAdoption& peer : status.peers) peer.is_excluded = peer.is_excluded || peer.peer == exclusion.peer;
  }
  status.blocking = CountBlocking(status.peers);
  if (status.blocking > 0 || seen.now - offered_at_ < kPatience) {
    accepted_at_ = absl::InfiniteFuture();
  } else if (accepted_at_ == absl::InfiniteFuture()) {
    accepted_at_ = seen.now;
  }
  status.accepted_at = accepted_at_;
  return status;
}

std::vector<AdoptionExclusion> AdoptionWatch::Exclusions(absl::Time now) const {
  std::vector<AdoptionExclusion> in_force;
  std::copy_if(exclusions_.begin(), exclusions_.end(), std::back_inserter(in_force),
               [now](const AdoptionExclusion& exclusion) { return now < exclusion.until; });
  return in_force;
}

void AdoptionWatch::Note(const AdoptionStatus& status, absl::Time now, std::vector<AdoptionEvent>* news) {
  Remind(status, now, news);
  if (candidate_.empty() || now - offered_at_ < kPatience || status.gate == AdoptionGate::kSwitched) return;
  std::string text = pinion::ToString(status);
  const bool was_blocked = reported_blocking_ > 0;
  const bool changes_side = reported_.empty() || was_blocked != (status.blocking > 0);
  if (text == reported_ || (!changes_side && now - reported_at_ < kReportInterval)) return;
  reported_ = text;
  reported_at_ = now;
  reported_blocking_ = status.blocking;
  news->push_back({now, status.candidate, status.blocking, std::move(text)});
}

void AdoptionWatch::Remind(const AdoptionStatus& status, absl::Time now, std::vector<AdoptionEvent>* news) {
  if (now - reminded_at_ < kRemindInterval) return;
  reminded_at_ = now;
  for (const AdoptionExclusion& exclusion : Exclusions(now)) {
    news->push_back({now, status.candidate, status.blocking,
                     absl::StrCat("a rotation does not wait for \"", Printable(exclusion.peer), "\" until ",
                                  FormatRfc3339(exclusion.until), ": ", Printable(exclusion.why))});
  }
}

}  // namespace pinion
