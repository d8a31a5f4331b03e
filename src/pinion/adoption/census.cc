#include "pinion/adoption/census.h"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

namespace pinion {
namespace {

constexpr absl::Duration kSweepInterval = absl::Minutes(1);

// Those with the same key are counted together.
using Group = std::tuple<PeerKey, AdoptionState, v1::Reason>;

void Add(const Group& group, absl::Time last_seen, int64_t pin_set_version, int64_t count,
         std::map<Group, PeerAdoption>* groups) {
  const auto& [peer, state, reason] = group;
  PeerAdoption& one = (*groups)[group];
  if (one.count == 0) one = {peer.side, peer.name, peer.is_listed, state, 0, reason, pin_set_version, last_seen};
  one.count += count;
  one.last_seen = std::max(one.last_seen, last_seen);
  one.pin_set_version = std::min(one.pin_set_version, pin_set_version);
}

}  // namespace

bool Census::Joined(const PeerKey& peer, const std::string& id, absl::Time now) {
  Sweep(now);
  Processes& processes = peers_[peer];
  if (const auto found = processes.find(id); found != processes.end()) {
    ++found->second.streams;
    return true;
  }
  auto replaced = processes.end();
  for (auto one = processes.begin(); one != processes.end(); ++one) {
    if (one->second.streams > 0) continue;
    if (replaced == processes.end() || one->second.last_seen < replaced->second.last_seen) replaced = one;
  }
  Process process;
  process.first_seen = process.last_seen = now;
  process.streams = 1;
  process.replaces = replaced != processes.end();
  if (process.replaces) Forget(peer, &processes, replaced);
  if (processes_ >= kMostProcesses || (!peer.is_listed && unlisted_processes_ >= kMostUnlistedProcesses)) return false;
  ++processes_;
  if (!peer.is_listed) ++unlisted_processes_;
  processes.emplace(id, process);
  return true;
}

void Census::Left(const PeerKey& peer, const std::string& id, absl::Time now) {
  Processes& processes = peers_[peer];
  const auto left = processes.find(id);
  if (left == processes.end()) return;
  left->second.last_seen = now;
  if (--left->second.streams > 0) return;
  const auto is_successor = [&](const auto& one) {
    const Process& other = one.second;
    return !other.replaces && other.first_seen > left->second.first_seen && other.first_seen >= now - kOverlap;
  };
  const auto successor = std::find_if(processes.begin(), processes.end(), is_successor);
  if (successor == processes.end()) return;
  successor->second.replaces = true;
  Forget(peer, &processes, left);
}

void Census::Heard(const PeerKey& peer, const v1::Statement& statement, absl::Time now) {
  Processes& processes = peers_[peer];
  const auto found = processes.find(statement.process());
  if (found == processes.end()) return;
  Process& process = found->second;
  process.last_seen = now;
  process.pin_set_version = statement.pin_set().version();
  if (statement.answers().empty()) return;
  const v1::Answer& answer = statement.answers(0);  // this process never has two candidates
  process.candidate = answer.candidate_sha256();
  process.reason = answer.reason();
  process.accepted_until = answer.has_accepted_until() ? absl::FromUnixSeconds(answer.accepted_until().seconds())
                                                       : absl::InfiniteFuture();
}

void Census::Forget(const PeerKey& peer, Processes* processes, Processes::iterator process) {
  processes->erase(process);
  --processes_;
  if (!peer.is_listed) --unlisted_processes_;
}

void Census::Sweep(absl::Time now) {
  if (now - swept_ < kSweepInterval) return;
  swept_ = now;
  for (auto peer = peers_.begin(); peer != peers_.end();) {
    Processes& processes = peer->second;
    for (auto process = processes.begin(); process != processes.end();) {
      const auto one = process++;
      if (one->second.streams == 0 && now - one->second.last_seen >= window_) Forget(peer->first, &processes, one);
    }
    peer = processes.empty() ? peers_.erase(peer) : std::next(peer);
  }
}

int64_t Census::Streams(const PeerKey& peer) const {
  int64_t streams = 0;
  for (const auto& [key, processes] : peers_) {
    const bool is_meant = peer.name.empty() ? key.side == peer.side && !key.is_listed
                                            : key.side == peer.side && key.name == peer.name && key.is_listed;
    if (!is_meant) continue;
    for (const auto& [id, process] : processes) streams += process.streams;
  }
  return streams;
}

std::vector<PeerAdoption> Census::About(const std::string& candidate, const std::map<PeerKey, int64_t>& silent,
                                        absl::Time now) const {
  std::map<Group, PeerAdoption> groups;
  for (const auto& [key, processes] : peers_) {
    for (const auto& [id, process] : processes) {
      if (process.streams == 0 && now - process.last_seen >= window_) continue;
      const bool has_answered = process.candidate == candidate;
      const bool accepts = has_answered && process.reason == v1::ACCEPTED && now < process.accepted_until;
      const AdoptionState state = accepts                ? AdoptionState::kAccepting
                                  : process.streams == 0 ? AdoptionState::kGone
                                  : has_answered         ? AdoptionState::kBehind
                                                         : AdoptionState::kSilent;
      const v1::Reason reason = has_answered && !accepts ? process.reason : v1::REASON_UNSPECIFIED;
      Add({key, state, reason}, process.streams > 0 ? now : process.last_seen, process.pin_set_version, 1, &groups);
    }
  }
  for (const auto& [key, count] : silent) {
    Add({key, AdoptionState::kSilent, v1::REASON_UNSPECIFIED}, now, 0, count, &groups);
  }
  std::vector<PeerAdoption> all;
  for (auto& [group, adoption] : groups) all.push_back(std::move(adoption));
  return all;
}

}  // namespace pinion
