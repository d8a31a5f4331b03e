#include "pinion/connection/connection_table.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "pinion/base/steady_clock.h"

namespace pinion {
namespace {

// The system clock may be set, so verdicts that depend on the time of day are checked again after at most this
// interval.
constexpr absl::Duration kTrustInClocks = absl::Minutes(1);

// The retry interval after a connection could not be closed.
constexpr absl::Duration kTryAgain = absl::Milliseconds(100);

ConnectionVerifier::LiveVerdict Unidentified() {
  ConnectionVerifier::LiveVerdict verdict;
  verdict.reason = v1::MALFORMED_CERTIFICATE;
  verdict.text = "MALFORMED_CERTIFICATE: the peer's certificate on a live connection cannot be read";
  verdict.impostor = true;
  return verdict;
}

// Empty if gRPC does not list the connection. `served` is from ServersCallsInFlight.
std::optional<int64_t> CallsInFlight(Side side, int64_t id, const Endpoints& endpoints,
                                     const absl::flat_hash_map<Endpoints, int64_t>& served) {
  if (side == Side::kServer) {
    const auto found = served.find(endpoints);
    return found == served.end() ? std::nullopt : std::optional<int64_t>(found->second);
  }
  const std::optional<LiveSocket> socket = FindLiveSocket(id);
  return socket.has_value() ? std::optional<int64_t>(socket->calls_in_flight) : std::nullopt;
}

}  // namespace

std::unique_ptr<OwnedConnections> ConnectionTable::Add(Owner owner) {
  const MutexLock lock(mutex_);
  const auto section = sections_.emplace(sections_.end());
  section->owner = std::move(owner);
  return std::unique_ptr<OwnedConnections>(new OwnedConnections(shared_from_this(), section));
}

void ConnectionTable::CloseRevoked() {
  const absl::Time now = SteadyNow();
  const MutexLock lock(mutex_);
  for (Section& section : sections_) {
    EndpointsById closing;
    for (auto& [id, connection] : section.connections) {
      if (connection.closed || JudgeOne(now, section.owner, &connection, &section.left)) continue;
      closing.emplace(id, connection.socket.endpoints);
    }
    Close(closing, &section);  // if this fails, Judge tries again
  }
}

void ConnectionTable::Forget(const std::vector<int64_t>& current, Section* section) const {
  for (auto it = section->connections.begin(); it != section->connections.end();) {
    const int64_t id = it->first;
    const bool lives = std::binary_search(current.begin(), current.end(), id) || section->owner.is_live(id);
    it = lives ? std::next(it) : section->connections.erase(it);
  }
  section->forget_at = std::max(kFirstForget, 2 * section->connections.size());
}

ConnectionTable::Outcome ConnectionTable::Judge(const std::vector<int64_t>& ids, Section* section) {
  const absl::Time now = SteadyNow();
  Outcome outcome = std::exchange(section->left, {});
  EndpointsById closing;
  for (const int64_t id : ids) {
    const auto found = section->connections.find(id);
    if (found == section->connections.end() || found->second.closed) continue;
    if (JudgeOne(now, section->owner, &found->second, &outcome)) continue;
    closing.emplace(id, found->second.socket.endpoints);
  }
  if (!Close(closing, section)) {
    outcome.next = std::min(outcome.next, kTryAgain);
    Forget({}, section);  // those that the peer or gRPC has closed
    outcome.drain =
        outcome.drain || std::any_of(section->connections.begin(), section->connections.end(),
                                     [](const auto& one) { return one.second.at_once && !one.second.closed; });
  }
  section->judge_at = std::min(section->judge_at, now + outcome.next);
  outcome.next = section->judge_at - now;
  return outcome;
}

bool ConnectionTable::JudgeOne(absl::Time now, const Owner& owner, Connection* connection, Outcome* outcome) {
  const ConnectionVerifier::LiveVerdict verdict =
      connection->identified == nullptr ? Unidentified()
                                        : owner.connection_verifier->JudgeLive(connection->identified.get());
  const bool is_news = connection->reason != verdict.reason;
  connection->reason = verdict.reason;
  connection->pin = verdict.pin;
  if (!verdict.peer.empty()) connection->peer = verdict.peer;
  if (verdict.accepted()) {
    connection->end = absl::InfiniteFuture();
    connection->at_once = false;
    outcome->next = std::min({outcome->next, verdict.holds_until - settings_.clock(), kTrustInClocks});
    return true;
  }
  const bool at_once = connection->at_once = verdict.reason == v1::PIN_REVOKED || verdict.impostor;
  if (connection->end == absl::InfiniteFuture()) {
    connection->end = now + settings_.drain_window;
    outcome->drain = outcome->drain || !at_once;
  }
  if (is_news) {
    news_.push_back({settings_.clock(), owner.side, connection->socket.endpoints.second, connection->peer, verdict.pin,
                     verdict.reason, verdict.text, at_once});
  }
  if (at_once || now >= connection->end) return false;
  outcome->next = std::min(outcome->next, connection->end - now);
  return true;
}

bool ConnectionTable::Close(const EndpointsById& closing, Section* section) {
  if (closing.empty()) return true;
  const absl::flat_hash_set<int64_t> over = section->owner.close(closing);
  for (const int64_t id : over) section->connections[id].closed = true;
  return over.size() == closing.size();
}

void ConnectionTable::Report(const std::vector<ConnectionEvent>& news) const {
  if (settings_.events == nullptr) return;
  for (const ConnectionEvent& event : news) settings_.events->OnConnection(event);
}

void ConnectionTable::AddTo(std::vector<ConnectionStatus>* statuses) const {
  // Copied, so that nothing waits for gRPC's answers with the table locked.
  struct Listed {
    ConnectionStatus status;
    int64_t id;
    Endpoints endpoints;
    std::shared_ptr<const Owner> owner;
  };
  std::vector<Listed> all;
  bool serves = false;
  {
    const MutexLock lock(mutex_);
    for (const Section& section : sections_) {
      const auto owner = std::make_shared<const Owner>(section.owner);
      serves = serves || owner->side == Side::kServer;
      for (const auto& [id, connection] : section.connections) {
        const Endpoints& endpoints = connection.socket.endpoints;
        all.push_back({{endpoints.second, connection.peer, connection.pin, connection.since, 0, connection.reason},
                       id,
                       endpoints,
                       owner});
      }
    }
  }
  const absl::flat_hash_map<Endpoints, int64_t> served = serves ? ServersCallsInFlight() : decltype(served)();
  for (Listed& one : all) {
    const std::optional<int64_t> calls = CallsInFlight(one.owner->side, one.id, one.endpoints, served);
    if (!calls.has_value() && !one.owner->is_live(one.id)) continue;
    one.status.calls_in_flight = calls.value_or(0);
    statuses->push_back(std::move(one.status));
  }
}

OwnedConnections::~OwnedConnections() {
  const MutexLock lock(table_->mutex_);
  table_->sections_.erase(section_);
}

bool OwnedConnections::Knows(int64_t id) const {
  const MutexLock lock(table_->mutex_);
  return section_->connections.count(id) > 0;
}

void OwnedConnections::Add(LiveSocket socket, absl::string_view host) {
  ConnectionTable::Connection connection;
  connection.identified = section_->owner.connection_verifier->Recall(socket.leaf_pem, host);
  connection.since = table_->settings_.clock();
  socket.leaf_pem.clear();
  const int64_t id = socket.id;
  connection.socket = std::move(socket);
  const MutexLock lock(table_->mutex_);
  if (section_->connections.size() >= section_->forget_at) table_->Forget({}, &*section_);
  section_->connections.emplace(id, std::move(connection));
  section_->unjudged.push_back(id);
}

void OwnedConnections::Forget(const std::vector<int64_t>& current) {
  const MutexLock lock(table_->mutex_);
  table_->Forget(current, &*section_);
}

void OwnedConnections::Drop(int64_t id) {
  const MutexLock lock(table_->mutex_);
  section_->connections.erase(id);
}

OwnedConnections::Outcome OwnedConnections::Judge() { return Judge(/*all=*/true); }
OwnedConnections::Outcome OwnedConnections::JudgeDue() { return Judge(/*all=*/is_due()); }

OwnedConnections::Outcome OwnedConnections::Judge(bool all) {
  Outcome outcome;
  std::vector<ConnectionEvent> news;
  {
    const MutexLock lock(table_->mutex_);
    std::vector<int64_t> ids = std::exchange(section_->unjudged, {});
    if (all) {
      section_->judge_at = absl::InfiniteFuture();
      ids.clear();
      for (const auto& [id, connection] : section_->connections) ids.push_back(id);
    }
    outcome = table_->Judge(ids, &*section_);
    news = std::exchange(table_->news_, {});
  }
  // Reported after all connections are closed, since a sink may be slow.
  table_->Report(news);
  return outcome;
}

bool OwnedConnections::is_due() const {
  const MutexLock lock(table_->mutex_);
  return SteadyNow() >= section_->judge_at;
}

size_t OwnedConnections::size() const {
  const MutexLock lock(table_->mutex_);
  return section_->connections.size();
}

}  // namespace pinion
