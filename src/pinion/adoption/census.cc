#include "pinion/adoption/census.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/escaping.h"

namespace pinion {
namespace {

constexpr absl::Duration kSweepInterval = absl::Minutes(1);

// Those with the same key are counted together.
using Group = std::tuple<PeerKey, AdoptionState, v1::Reason>;

void AddTo(const Group& group, absl::Time last_seen, int64_t pin_set_version, int64_t count,
           std::map<Group, PeerAdoption>* groups) {
  const auto& [peer, state, reason] = group;
  PeerAdoption& one = (*groups)[group];
  if (one.count == 0) one = {peer.side, peer.name, peer.is_listed, state, 0, reason, pin_set_version, last_seen};
  one.count += count;
  one.last_seen = std::max(one.last_seen, last_seen);
  one.pin_set_version = std::min(one.pin_set_version, pin_set_version);
}

}  // namespace

bool Census::Joined(const PeerKey& key, const std::string& id, absl::Time now) {
  Sweep(now);
  Peer& peer = peers_[key];
  ++peer.joined;
  if (const auto found = peer.processes.find(id); found != peer.processes.end()) {
    ++found->second.streams;
    return true;
  }
  auto replaced = peer.processes.end();
  for (auto one = peer.processes.begin(); one != peer.processes.end(); ++one) {
    if (one->second.streams > 0) continue;
    if (replaced == peer.processes.end() || one->second.last_seen < replaced->second.last_seen) replaced = one;
  }
  Process process;
  process.first_seen = process.last_seen = now;
  process.streams = 1;
  process.replaces = replaced != peer.processes.end();
  if (process.replaces) Forget(key, &peer, std::string(replaced->first));
  if (processes_ >= kMostProcesses || (!key.is_listed && unlisted_processes_ >= kMostUnlistedProcesses)) return false;
  ++processes_;
  if (!key.is_listed) ++unlisted_processes_;
  peer.processes.emplace(id, std::move(process));
  return true;
}

void Census::Left(const PeerKey& key, const std::string& id, absl::Time now) {
  Peer& peer = peers_[key];
  const auto left = peer.processes.find(id);
  if (left == peer.processes.end()) return;
  left->second.last_seen = now;
  if (--left->second.streams > 0) return;
  const auto is_successor = [&](const auto& one) {
    const Process& other = one.second;
    return !other.replaces && other.first_seen > left->second.first_seen && other.first_seen >= now - kOverlap;
  };
  const auto successor = std::find_if(peer.processes.begin(), peer.processes.end(), is_successor);
  if (successor == peer.processes.end()) return;
  successor->second.replaces = true;
  Forget(key, &peer, id);
}

void Census::Heard(const PeerKey& key, const v1::Statement& statement, absl::Time now) {
  Peer& peer = peers_[key];
  const auto found = peer.processes.find(statement.process());
  if (found == peer.processes.end()) return;
  Process& process = found->second;
  process.last_seen = now;
  process.pin_set_version = statement.pin_set().version();
  if (statement.answers().empty()) return;
  const v1::Answer& answer = statement.answers(0);  // this process never has two candidates
  process.candidate = absl::BytesToHexString(answer.candidate_sha256());
  process.reason = answer.reason();
  process.accepted_until =
      answer.has_accepted_until() ? absl::FromUnixSeconds(answer.accepted_until().seconds()) : absl::InfiniteFuture();
}

void Census::Counted(const std::map<PeerKey, int64_t>& connections, absl::Time now) {
  Sweep(now);
  for (const auto& [key, count] : connections) peers_[key];  // so that the loop has them
  for (auto& [key, peer] : peers_) {
    const auto counted = connections.find(key);
    const int64_t open = counted == connections.end() ? 0 : counted->second;
    const int64_t silent = std::max<int64_t>(0, open - StreamsOf(key));
    // A connection that has joined is no longer silent, or takes the place of one that is gone.
    const int64_t gone = peer.silent - silent - std::exchange(peer.joined, 0);
    peer.silent_gone = std::max<int64_t>(0, peer.silent_gone + gone);
    if (silent > 0 || peer.silent > 0) peer.silent_seen = now;
    peer.silent = silent;
  }
}

int64_t Census::StreamsOf(const PeerKey& peer) const {
  int64_t streams = 0;
  const auto add = [&streams](const Peer& one) {
    for (const auto& [id, process] : one.processes) streams += process.streams;
  };
  if (peer.is_listed) {
    const auto found = peers_.find(peer);
    if (found != peers_.end()) add(found->second);
    return streams;
  }
  for (const auto& [key, one] : peers_) {
    if (key.side == peer.side && !key.is_listed && peer.name.empty()) add(one);
  }
  return streams;
}

void Census::Forget(const PeerKey& key, Peer* peer, const std::string& process) {
  peer->processes.erase(process);
  --processes_;
  if (!key.is_listed) --unlisted_processes_;
}

void Census::Sweep(absl::Time now) {
  if (now - swept_ < kSweepInterval) return;
  swept_ = now;
  for (auto one = peers_.begin(); one != peers_.end();) {
    auto& [key, peer] = *one;
    std::vector<std::string> left;
    for (const auto& [id, process] : peer.processes) {
      if (HasLeft(process, now)) left.push_back(id);
    }
    for (const std::string& id : left) Forget(key, &peer, id);
    if (now - peer.silent_seen >= window_) peer.silent_gone = 0;
    const bool is_empty = peer.processes.empty() && peer.silent == 0 && peer.silent_gone == 0;
    one = is_empty ? peers_.erase(one) : std::next(one);
  }
}

std::vector<PeerAdoption> Census::About(const std::string& candidate, absl::Time now) const {
  std::map<Group, PeerAdoption> groups;
  for (const auto& [key, peer] : peers_) {
    for (const auto& [id, process] : peer.processes) {
      if (HasLeft(process, now)) continue;
      const bool has_answered = process.candidate == candidate;
      const bool accepts = has_answered && process.reason == v1::ACCEPTED && now < process.accepted_until;
      const AdoptionState state = accepts                ? AdoptionState::kAccepting
                                  : process.streams == 0 ? AdoptionState::kGone
                                  : has_answered         ? AdoptionState::kBehind
                                                         : AdoptionState::kSilent;
      const v1::Reason reason = has_answered && !accepts ? process.reason : v1::REASON_UNSPECIFIED;
      AddTo({key, state, reason}, process.last_seen, process.pin_set_version, 1, &groups);
    }
    const Group silent = {key, AdoptionState::kSilent, v1::REASON_UNSPECIFIED};
    if (peer.silent > 0) AddTo(silent, peer.silent_seen, 0, peer.silent, &groups);
    const Group gone = {key, AdoptionState::kGone, v1::REASON_UNSPECIFIED};
    if (peer.silent_gone > 0 && now - peer.silent_seen < window_) {
      AddTo(gone, peer.silent_seen, 0, peer.silent_gone, &groups);
    }
  }
  std::vector<PeerAdoption> all;
  for (auto& [group, adoption] : groups) all.push_back(std::move(adoption));
  return all;
}

}  // namespace pinion
