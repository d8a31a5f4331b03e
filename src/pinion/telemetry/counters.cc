#include "pinion/telemetry/counters.h"

#include <algorithm>
#include <utility>

namespace pinion {
namespace {

void AddTo(Distribution* distribution, absl::Duration duration) {
  const double seconds = absl::ToDoubleSeconds(duration);
  const auto& bounds = Distribution::kBounds;
  ++distribution->counts.at(std::lower_bound(bounds.begin(), bounds.end(), seconds) - bounds.begin());
  distribution->sum += seconds;
}

}  // namespace

void Counters::Add(const HandshakeEvent& event) {
  const MutexLock lock(mutex_);
  if (event.reason != v1::ACCEPTED) AddRefusal(event);
  if (event.is_recheck) return;
  const bool is_new = handshakes_.count({event.side, event.peer, event.reason}) == 0;
  const std::string peer = is_new && handshakes_.size() >= kMostPeers ? "" : event.peer;
  handshakes_[{event.side, peer, event.reason}] += event.count;
  if (event.matched_state != v1::PIN_STATE_UNSPECIFIED && event.reason == v1::ACCEPTED) {
    ++pin_matches_[{event.side, peer, event.matched_state}];
  }
}

void Counters::AddRefusal(const HandshakeEvent& event) {
  const auto is_same = [&event](const HandshakeEvent& one) {
    return one.side == event.side && one.host == event.host && one.peer == event.peer && one.reason == event.reason;
  };
  const auto found = std::find_if(refusals_.begin(), refusals_.end(), is_same);
  const int64_t before = found == refusals_.end() ? 0 : found->count;
  if (found != refusals_.end()) refusals_.erase(found);
  refusals_.push_front(event);
  refusals_.front().count += before;
  if (refusals_.size() > kMostRefusals) refusals_.pop_back();
}

void Counters::Add(const ConnectionEvent& event) {
  const MutexLock lock(mutex_);
  ++closed_[{event.side, event.reason, event.closed_immediately}];
}

void Counters::Add(const ReloadEvent& event) {
  const MutexLock lock(mutex_);
  ++reloads_[{event.source, event.error.empty()}];
}

void Counters::AddReload(absl::Duration to_force) {
  const MutexLock lock(mutex_);
  pinion::AddTo(&to_force_, to_force);
}

void Counters::AddClosing(absl::Duration to_close) {
  const MutexLock lock(mutex_);
  pinion::AddTo(&to_close_, to_close);
}

void Counters::AddTo(WorkloadMetrics* metrics) const {
  metrics->calls = calls_.List();
  metrics->audit_lost = calls_.audit_lost();
  const MutexLock lock(mutex_);
  for (const auto& [key, count] : handshakes_) {
    metrics->handshakes.push_back({std::get<0>(key), std::get<1>(key), std::get<2>(key), count});
  }
  for (const auto& [key, count] : pin_matches_) {
    metrics->pin_matches.push_back({std::get<0>(key), std::get<1>(key), std::get<2>(key), count});
  }
  for (const auto& [key, count] : closed_) {
    metrics->closed_connections.push_back({std::get<0>(key), std::get<1>(key), std::get<2>(key), count});
  }
  for (const auto& [key, count] : reloads_) {
    metrics->reloads.push_back({std::get<0>(key), std::get<1>(key), count});
  }
  metrics->reload_to_force = to_force_;
  metrics->reload_to_close = to_close_;
}

std::vector<HandshakeEvent> Counters::Refusals() const {
  const MutexLock lock(mutex_);
  return {refusals_.begin(), refusals_.end()};
}

CountingSink::CountingSink(std::shared_ptr<Counters> counters, std::shared_ptr<EventSink> next)
    : counters_(std::move(counters)), next_(std::move(next)) {}

void CountingSink::OnHandshake(const HandshakeEvent& event) {
  counters_->Add(event);
  if (next_ != nullptr) next_->OnHandshake(event);
}

void CountingSink::OnReload(const ReloadEvent& event) {
  counters_->Add(event);
  if (next_ != nullptr) next_->OnReload(event);
}

void CountingSink::OnExpiry(const ExpiryEvent& event) {
  if (next_ != nullptr) next_->OnExpiry(event);
}

void CountingSink::OnConnection(const ConnectionEvent& event) {
  counters_->Add(event);
  if (next_ != nullptr) next_->OnConnection(event);
}

void CountingSink::OnAdoption(const AdoptionEvent& event) {
  if (next_ != nullptr) next_->OnAdoption(event);
}

}  // namespace pinion
