// What a census says about a candidate.
#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/string_view.h"
#include "pinion/census/census.h"

namespace pinion {
namespace {

// Those with the same key are counted together.
using Group = std::tuple<PeerKey, AdoptionState, v1::Reason>;

void AddTo(const Group& group, absl::Time last_seen, int64_t pin_set_version, int64_t count,
           std::map<Group, PeerAdoption>* groups) {
  const auto& [peer, state, reason] = group;
  PeerAdoption& one = (*groups)[group];
  if (one.count == 0) one = {peer.side, peer.name, peer.is_listed, state, 0, reason, pin_set_version, last_seen};
  one.count += count;
  one.last_seen = std::max(one.last_seen, last_seen);
  if (pin_set_version > 0) {
    one.pin_set_version = one.pin_set_version == 0 ? pin_set_version : std::min(one.pin_set_version, pin_set_version);
  }
}

}  // namespace

int64_t Census::CountAttested(const PeerKey& key, const Peer& peer, const std::string& candidate,
                              absl::Time now) const {
  const Peer* const attesting = Attesting(key);
  if (attesting == nullptr) return peer.attested;
  std::set<absl::string_view> accepting;  // hosts
  for (const auto& [id, process] : attesting->processes) {
    v1::Reason reason = v1::REASON_UNSPECIFIED;
    if (process.streams.empty() || WhatIsSaid(process, candidate, now, &reason) != Says::kAccepts) continue;
    accepting.insert(process.host);
  }
  return peer.attested + std::count_if(peer.connections.begin(), peer.connections.end(), [&](const auto& one) {
           return one.second.is_silent && accepting.count(HostOf(one.first)) > 0;
         });
}

Census::Says Census::WhatIsSaid(const Answer& answer, const std::string& candidate, absl::Time now) {
  if (answer.candidate.empty() || answer.candidate != candidate) return Says::kNothing;
  return answer.reason == v1::ACCEPTED && now < answer.until ? Says::kAccepts : Says::kRefuses;
}

Census::Says Census::WhatIsSaid(const Process& process, const std::string& candidate, absl::Time now,
                                v1::Reason* reason) {
  Says said = process.streams.empty() ? WhatIsSaid(process.last, candidate, now) : Says::kAccepts;
  if (said == Says::kRefuses) *reason = process.last.reason;
  for (const Answer& answer : process.refusals) {
    if (WhatIsSaid(answer, candidate, now) != Says::kRefuses) continue;
    *reason = answer.reason;
    return Says::kRefuses;
  }
  for (const auto& [number, answer] : process.streams) {
    const Says one = WhatIsSaid(answer, candidate, now);
    if (one == Says::kNothing) said = one;
    if (one != Says::kRefuses) continue;
    *reason = answer.reason;
    return one;
  }
  return said;
}

Census::View Census::MakeView(const std::string& candidate, absl::Time now, absl::Time* holds_until) const {
  std::map<Group, PeerAdoption> groups;
  View view;
  for (const auto& [key, peer] : peers_) {
    const PeerKey whose = {key.side, key.name, key.is_listed};
    for (const auto& [id, process] : peer.processes) {
      // A report that has ended is no client that could be locked out.
      if (HasLeft(process, now) || (key.attests && process.streams.empty())) continue;
      v1::Reason reason = v1::REASON_UNSPECIFIED;
      const Says said = WhatIsSaid(process, candidate, now, &reason);
      const AdoptionState accepts = key.attests ? AdoptionState::kAttested : AdoptionState::kAccepting;
      const AdoptionState state = said == Says::kAccepts    ? accepts
                                  : process.streams.empty() ? AdoptionState::kGone
                                  : said == Says::kRefuses  ? AdoptionState::kBehind
                                                            : AdoptionState::kSilent;
      AddTo({whose, state, reason}, process.last_seen, process.pin_set_version, 1, &groups);
      if (said != Says::kAccepts) continue;
      *holds_until = std::min(*holds_until, process.streams.empty() ? process.last.until : absl::InfiniteFuture());
      for (const auto& [number, answer] : process.streams) *holds_until = std::min(*holds_until, answer.until);
      if (!process.streams.empty() && !key.attests) ++view.accepting[key];
    }
    const int64_t attested = CountAttested(key, peer, candidate, now);
    const int64_t live_attested = attested - peer.attested;
    if (live_attested > 0) view.accepting[{key.side, key.name, key.is_listed, /*attests=*/true}] = live_attested;
    const int64_t unheard = peer.silent - live_attested;
    const Group spoken_for = {whose, AdoptionState::kAttested, v1::REASON_UNSPECIFIED};
    if (attested > 0) AddTo(spoken_for, now, 0, attested, &groups);
    const Group silent = {whose, AdoptionState::kSilent, v1::REASON_UNSPECIFIED};
    if (unheard > 0) AddTo(silent, peer.silent_seen, 0, unheard, &groups);
    const Group gone = {whose, AdoptionState::kGone, v1::REASON_UNSPECIFIED};
    if (peer.silent_gone > 0 && now - peer.silent_seen < window_) {
      AddTo(gone, peer.silent_seen, 0, peer.silent_gone, &groups);
    }
  }
  for (auto& [group, adoption] : groups) view.peers.push_back(std::move(adoption));
  return view;
}

const Census::View& Census::Look(const std::string& candidate, absl::Time now) {
  LastView& last = last_view_;
  const bool holds = !has_changed_ && last.candidate == candidate && now >= last.made && now < last.holds_until;
  if (holds) return last.view;
  last.holds_until = now + kViewFor;
  last.view = MakeView(candidate, now, &last.holds_until);
  last.candidate = candidate;
  last.made = now;
  has_changed_ = false;
  return last.view;
}

std::vector<PeerAdoption> Census::About(const std::string& candidate, absl::Time now) const {
  absl::Time holds_until = absl::InfiniteFuture();
  return MakeView(candidate, now, &holds_until).peers;
}

int64_t Census::CountJoinedSince(const PeerKey& key, int64_t stream) const {
  const auto peer = peers_.find(key);
  if (peer == peers_.end()) return 0;
  return std::count_if(peer->second.processes.begin(), peer->second.processes.end(),
                       [stream](const auto& one) { return one.second.newest_stream > stream; });
}

}  // namespace pinion
