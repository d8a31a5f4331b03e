// Which process takes the place of one that has left.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "pinion/census/census.h"

namespace pinion {

void Census::Forget(const PeerKey& key, Peer* peer, const std::string& id, Forgotten was) {
  has_changed_ = true;
  if (peer->forgotten.size() < kMostForgotten) peer->forgotten.insert({id, std::move(was)});
  peer->processes.erase(id);
  --processes_;
  if (!key.is_listed) --unlisted_processes_;
}

void Census::Replace(const PeerKey& key, Peer* peer, const std::string& id, const std::string& successor,
                     absl::Time now) {
  const auto arrival = peer->arrivals.find(successor);
  Forget(key, peer, id, {peer->processes.find(id)->second.first_seen, now, successor, arrival->second.at});
  peer->arrivals.erase(arrival);
}

bool Census::TakePlace(const PeerKey& key, Peer* peer, const std::string& process) {
  const absl::Time since = peer->arrivals.find(process)->second.at;
  const auto has_left = [since](const Process& one) { return one.streams.empty() && one.last_seen <= since; };
  const auto left_earlier = [&](const auto& one, const auto& other) {
    if (has_left(one.second) != has_left(other.second)) return has_left(other.second);
    return one.second.last_seen < other.second.last_seen;
  };
  auto last = std::max_element(peer->processes.begin(), peer->processes.end(), left_earlier);
  if (last == peer->processes.end() || !has_left(last->second)) return false;
  // Where two have left at about the same time, and one of them has succeeded the other, that one is the last.
  for (const auto& [id, arrival] : peer->arrivals) {
    const auto other = id == process ? peer->processes.end() : peer->processes.find(id);
    if (other != peer->processes.end() && has_left(other->second) && Succeeds(arrival, last->second)) last = other;
  }
  Replace(key, peer, std::string(last->first), process, since);
  return true;
}

void Census::GiveBack(const PeerKey& key, Peer* peer, const Forgotten& was) {
  if (was.by.empty()) return;
  const auto by = peer->processes.find(was.by);
  Arrival arrival = {was.arrived, was.arrived};
  if (by != peer->processes.end()) {
    arrival.stayed_until = by->second.streams.empty() ? by->second.last_seen : absl::InfiniteFuture();
  }
  if (peer->arrivals.emplace(was.by, arrival).second) TakePlace(key, peer, was.by);
}

void Census::Settle(const PeerKey& key, Peer* peer, absl::Time now) {
  std::vector<std::string> departed;
  for (auto& [id, process] : peer->processes) {
    if (process.away_since == absl::InfiniteFuture()) process.away_since = now;
    const absl::Time left = std::max(process.last_seen, process.away_since);
    const absl::Duration patience = process.was_cut_off ? kSettlingAfterRestart : kSettling;
    if (process.is_settled || !process.streams.empty() || now - left < patience) continue;
    process.is_settled = true;
    departed.push_back(id);
  }
  for (const std::string& id : departed) {
    const Process& process = peer->processes.find(id)->second;
    const std::pair<const std::string, Arrival>* successor = nullptr;
    for (const auto& arrival : peer->arrivals) {
      const bool is_later = successor == nullptr || arrival.second.at > successor->second.at;
      if (is_later && Succeeds(arrival.second, process)) successor = &arrival;
    }
    if (successor != nullptr) Replace(key, peer, id, std::string(successor->first), now);
  }
}

}  // namespace pinion
