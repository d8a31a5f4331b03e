#include "pinion/census/census.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "absl/strings/escaping.h"
#include "pinion/json/timestamp.h"

namespace pinion {
namespace {

constexpr absl::Duration kSweepInterval = absl::Minutes(1);

}  // namespace

bool Census::Joined(const StreamKey& stream, absl::Time now) {
  Sweep(now);
  has_changed_ = true;
  const PeerKey& key = stream.peer;
  Peer& peer = peers_[key];
  if (const auto arrival = peer.arrivals.find(stream.process); arrival != peer.arrivals.end()) {
    arrival->second.stayed_until = absl::InfiniteFuture();
  }
  if (const auto found = peer.processes.find(stream.process); found != peer.processes.end()) {
    Process& process = found->second;
    process.Begins(stream);
    process.was_cut_off = false;
    if (!process.refusals.empty()) process.refusals.erase(process.refusals.begin());
    process.is_settled = false;
    return true;
  }
  Process process;
  process.first_seen = process.last_seen = now;
  process.Begins(stream);
  if (const auto known = peer.forgotten.find(stream.process); known != peer.forgotten.end()) {
    const Forgotten was = known->second;
    peer.forgotten.erase(known);
    process.first_seen = was.first_seen;  // not new, so that it takes no place
    GiveBack(key, &peer, was);
  } else {
    peer.arrivals[stream.process] = {now};
    // One that is not listed may be anybody's, and takes no place among all that are not.
    if (!TakePlace(key, &peer, stream.process) && key.is_listed) ++peer.newcomers;
  }
  if (!HasRoom(key, peer)) {
    peer.arrivals.erase(stream.process);
    return false;
  }
  ++processes_;
  if (!key.is_listed) ++unlisted_processes_;
  peer.processes.emplace(stream.process, std::move(process));
  return true;
}

Census::Process* Census::Find(const StreamKey& stream) {
  const auto peer = peers_.find(stream.peer);
  if (peer == peers_.end()) return nullptr;
  const auto process = peer->second.processes.find(stream.process);
  return process == peer->second.processes.end() ? nullptr : &process->second;
}

void Census::Left(const StreamKey& stream, absl::Time now) {
  Process* const process = Find(stream);
  if (process == nullptr) return;
  has_changed_ = true;
  process->last_seen = now;
  const auto left = process->streams.find(stream.number);
  if (left == process->streams.end()) return;
  const Answer& answer = left->second;
  if (!answer.candidate.empty()) {
    process->last = answer;
    if (answer.reason != v1::ACCEPTED && process->refusals.size() < kMostRefusals) process->refusals.push_back(answer);
  }
  process->streams.erase(left);
  if (!process->streams.empty()) return;
  auto& arrivals = peers_.find(stream.peer)->second.arrivals;
  if (const auto arrival = arrivals.find(stream.process); arrival != arrivals.end()) arrival->second.stayed_until = now;
}

void Census::Heard(const StreamKey& stream, const v1::Statement& statement, absl::Time now) {
  Process* const process = Find(stream);
  if (process == nullptr) return;
  has_changed_ = true;
  process->last_seen = now;
  process->pin_set_version = statement.pin_set().version();
  Answer& answer = process->streams[stream.number];
  answer = Answer();
  if (statement.answers().empty()) return;
  const v1::Answer& said = statement.answers(0);  // this process never has two candidates
  answer.candidate = absl::BytesToHexString(said.candidate_sha256());
  answer.reason = said.reason();
  if (said.has_accepted_until()) answer.until = json::ToTime(said.accepted_until());
}

void Census::Counted(const std::vector<CountedConnection>& connections, const std::string& candidate, absl::Time now) {
  Sweep(now);
  std::map<PeerKey, std::vector<const CountedConnection*>> by_peer;
  for (const CountedConnection& connection : connections) {
    by_peer[connection.peer].push_back(&connection);
    peers_[connection.peer];  // so that the loop has it
  }
  for (auto& [key, peer] : peers_) {
    Settle(key, &peer, now);
    Count(key, by_peer[key], candidate, now, &peer);
  }
}

const Census::Peer* Census::Attesting(const PeerKey& key) const {
  const auto found = peers_.find({key.side, key.name, key.is_listed, /*attests=*/true});
  return !key.is_listed || key.attests || found == peers_.end() ? nullptr : &found->second;
}

void Census::Count(const PeerKey& key, const std::vector<const CountedConnection*>& connections,
                   const std::string& candidate, absl::Time now, Peer* peer) {
  std::set<absl::string_view> spoken_for;  // hosts
  if (const Peer* const attesting = Attesting(key); attesting != nullptr) {
    for (const auto& [id, process] : attesting->processes) {
      // A host that shuts down ends the two in any order.
      const bool is_there = !process.streams.empty() || now - process.last_seen < kSettling;
      v1::Reason reason = v1::REASON_UNSPECIFIED;
      if (is_there && WhatIsSaid(process, candidate, now, &reason) == Says::kAccepts) spoken_for.insert(process.host);
    }
  }
  absl::flat_hash_map<std::string, Connection> open;
  int64_t new_silent = 0;
  for (const CountedConnection* one : connections) {
    const auto known = peer->connections.find(one->address);
    Connection connection = known == peer->connections.end() ? Connection{now} : known->second;
    const bool was_silent = connection.is_silent;
    const bool was_spoken_for = connection.is_spoken_for;
    connection.had_exchange = connection.had_exchange || one->has_exchange;
    connection.is_silent = !connection.had_exchange && now - connection.first_seen >= kGrace;
    connection.is_spoken_for = spoken_for.count(HostOf(one->address)) > 0;
    // One that is spoken for was not counted when it left, so it takes no place.
    new_silent += connection.is_silent && !was_silent && !connection.is_spoken_for ? 1 : 0;
    has_changed_ = has_changed_ || connection.is_silent != was_silent || connection.is_spoken_for != was_spoken_for;
    open.emplace(one->address, connection);
  }
  int64_t vanished = 0;
  for (const auto& [address, connection] : peer->connections) {
    if (!connection.is_silent || open.contains(address)) continue;
    has_changed_ = true;
    vanished += connection.is_spoken_for ? 0 : 1;
  }
  peer->silent = std::count_if(open.begin(), open.end(), [](const auto& one) { return one.second.is_silent; });
  const int64_t took_a_place = new_silent + std::exchange(peer->newcomers, 0);
  has_changed_ = has_changed_ || took_a_place > 0;
  peer->silent_gone = std::max<int64_t>(0, peer->silent_gone - took_a_place) + vanished;
  if (peer->silent > 0 || vanished > 0) peer->silent_seen = now;
  peer->connections = std::move(open);
}

void Census::Sweep(absl::Time now) {
  if (now - swept_ < kSweepInterval) return;
  swept_ = now;
  running_since_ = std::min(running_since_, now);
  for (auto one = peers_.begin(); one != peers_.end();) {
    auto& [key, peer] = *one;
    std::vector<std::pair<std::string, Forgotten>> left;
    for (const auto& [id, process] : peer.processes) {
      if (HasLeft(process, now)) left.push_back({id, {process.first_seen, now, ""}});
    }
    for (auto& [id, was] : left) Forget(key, &peer, id, std::move(was));
    absl::erase_if(peer.forgotten, [&](const auto& known) { return now - known.second.at >= window_; });
    // No process is left whose place it could take.
    absl::erase_if(peer.arrivals, [&](const auto& one) {
      return now - std::max(one.second.at, running_since_) >= kOverlap + kSettlingAfterRestart;
    });
    if (now - peer.silent_seen >= window_) peer.silent_gone = 0;
    const bool is_empty =
        peer.processes.empty() && peer.forgotten.empty() && peer.connections.empty() && peer.silent_gone == 0;
    one = is_empty ? peers_.erase(one) : std::next(one);
  }
}

}  // namespace pinion
