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

}  // namespace

std::unique_ptr<OwnedConnections> ConnectionTable::Add(Owner owner) {
  const auto section = std::make_shared<Section>(std::move(owner));
  const MutexLock lock(mutex_);
  sections_.push_back(section);
  return std::unique_ptr<OwnedConnections>(new OwnedConnections(shared_from_this(), section));
}

size_t ConnectionTable::CloseRevoked() {
  struct Closing {
    std::shared_ptr<Section> section;
    EndpointsById connections;
    News news;
  };
  const MutexLock walk(walking_);
  std::vector<Closing> all;
  {
    const MutexLock lock(mutex_);
    for (const std::shared_ptr<Section>& section : sections_) {
      std::vector<int64_t> ids;
      for (const auto& [id, connection] : section->connections) ids.push_back(id);
      Closing closing = {section, {}, {}};
      closing.connections = Judge(ids, section.get(), &section->left, &closing.news);
      if (!closing.connections.empty() || !closing.news.empty()) all.push_back(std::move(closing));
    }
  }
  // If this fails, the owner's next Judge tries again.
  size_t closed = 0;
  for (Closing& closing : all) {
    if (Close(closing.connections, std::move(closing.news), closing.section.get()))
      closed += closing.connections.size();
  }
  return closed;
}

EndpointsById ConnectionTable::Judge(const std::vector<int64_t>& ids, Section* section, Outcome* outcome,
                                     News* news) const {
  const absl::Time now = SteadyNow();
  EndpointsById closing;
  for (const int64_t id : ids) {
    const auto found = section->connections.find(id);
    if (found == section->connections.end() || found->second.closed) continue;
    if (JudgeOne(now, section->owner, &found->second, outcome, news)) continue;
    closing.emplace(id, found->second.socket.endpoints);
  }
  return closing;
}

bool ConnectionTable::JudgeOne(absl::Time now, const Owner& owner, Connection* connection, Outcome* outcome,
                               News* news) const {
  const ConnectionVerifier::LiveVerdict verdict =
      connection->identified == nullptr ? Unidentified()
                                        : owner.connection_verifier->JudgeLive(connection->identified.get());
  const bool is_news = connection->reason != verdict.reason;
  connection->reason = verdict.reason;
  connection->pin = verdict.pin;
  connection->pin_state = verdict.pin_state;
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
    news->push_back({settings_.clock(), owner.side, connection->socket.endpoints.second, connection->peer, verdict.pin,
                     verdict.reason, verdict.text, at_once});
  }
  if (at_once || now >= connection->end) return false;
  outcome->next = std::min(outcome->next, connection->end - now);
  return true;
}

bool ConnectionTable::Close(const EndpointsById& closing, News news, Section* section) {
  const absl::flat_hash_set<int64_t> over =
      closing.empty() ? absl::flat_hash_set<int64_t>() : section->owner.close(closing);
  const MutexLock lock(mutex_);
  for (const int64_t id : over) {
    const auto found = section->connections.find(id);
    if (found != section->connections.end()) found->second.closed = true;
  }
  news_.insert(news_.end(), std::make_move_iterator(news.begin()), std::make_move_iterator(news.end()));
  return over.size() == closing.size();
}

void ConnectionTable::Forget(const std::vector<int64_t>& current, Section* section) {
  std::vector<int64_t> doubtful;
  {
    const MutexLock lock(mutex_);
    for (const auto& [id, connection] : section->connections) {
      if (!std::binary_search(current.begin(), current.end(), id)) doubtful.push_back(id);
    }
  }
  const auto is_live = [section](int64_t id) { return section->owner.is_live(id); };
  doubtful.erase(std::remove_if(doubtful.begin(), doubtful.end(), is_live), doubtful.end());
  const MutexLock lock(mutex_);
  for (const int64_t id : doubtful) section->connections.erase(id);
  section->forget_at = std::max(kFirstForget, 2 * section->connections.size());
}

void ConnectionTable::Report() {
  News news;
  {
    const MutexLock lock(mutex_);
    news = std::exchange(news_, {});
  }
  if (settings_.events == nullptr) return;
  for (const ConnectionEvent& event : news) settings_.events->OnConnection(event);
}

std::vector<ConnectionTable::Connected> ConnectionTable::ListConnected() const {
  struct Listed {
    std::shared_ptr<const Section> section;
    int64_t id;
    Connected connected;
  };
  const MutexLock walk(walking_);  // see ~OwnedConnections
  std::vector<Listed> all;
  {
    const MutexLock lock(mutex_);
    for (const std::shared_ptr<Section>& section : sections_) {
      for (const auto& [id, connection] : section->connections) {
        if (connection.closed || !IsJudged(connection)) continue;
        all.push_back({section, id, {section->owner.side, connection.peer, connection.socket.endpoints.second}});
      }
    }
  }
  std::vector<Connected> open;
  for (Listed& one : all) {
    if (one.section->owner.is_live(one.id)) open.push_back(std::move(one.connected));
  }
  return open;
}

std::vector<ConnectionCount> ConnectionTable::CountConnected() const {
  std::map<std::pair<Side, std::string>, int64_t> counts;
  for (Connected& one : ListConnected()) ++counts[{one.side, std::move(one.peer)}];
  std::vector<ConnectionCount> list;
  for (const auto& [of, count] : counts) list.push_back({of.first, of.second, count});
  return list;
}

void ConnectionTable::AddTo(std::vector<ConnectionStatus>* statuses) const {
  // Copied, so that nothing waits for gRPC's answers with the table locked.
  struct Listed {
    ConnectionStatus status;
    int64_t id;
    Endpoints endpoints;
    std::shared_ptr<const Section> section;
  };
  std::vector<Listed> all;
  bool serves = false;
  {
    const MutexLock lock(mutex_);
    for (const std::shared_ptr<Section>& section : sections_) {
      serves = serves || section->owner.side == Side::kServer;
      for (const auto& [id, connection] : section->connections) {
        if (!IsJudged(connection)) continue;
        const Endpoints& endpoints = connection.socket.endpoints;
        all.push_back({{section->owner.side, endpoints.second, connection.peer, connection.pin, connection.since, 0,
                        connection.reason, connection.pin_state},
                       id,
                       endpoints,
                       section});
      }
    }
  }
  const absl::flat_hash_map<Endpoints, int64_t> served = serves ? ServersCallsInFlight() : decltype(served)();
  for (Listed& one : all) {
    const Owner& owner = one.section->owner;
    if (owner.side == Side::kServer) {
      if (!owner.is_live(one.id)) continue;
      const auto found = served.find(one.endpoints);
      one.status.calls_in_flight = found == served.end() ? 0 : found->second;
    } else {
      const std::optional<LiveSocket> socket = FindLiveSocket(one.id);
      if (!socket.has_value()) continue;
      one.status.calls_in_flight = socket->calls_in_flight;
    }
    statuses->push_back(std::move(one.status));
  }
}

OwnedConnections::~OwnedConnections() {
  // A walk must not have the last reference to what the owner's functions need: it may run on a thread that their
  // destruction waits for.
  const MutexLock walk(table_->walking_);
  const MutexLock lock(table_->mutex_);
  table_->sections_.remove(section_);  // section_ itself is destroyed later, without the lock
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
  bool are_many = false;
  {
    const MutexLock lock(table_->mutex_);
    are_many = section_->connections.size() >= section_->forget_at;
  }
  if (are_many) Forget({});
  const MutexLock lock(table_->mutex_);
  section_->connections.emplace(id, std::move(connection));
  section_->unjudged.push_back(id);
}

void OwnedConnections::Forget(const std::vector<int64_t>& current) { table_->Forget(current, section_.get()); }

void OwnedConnections::Drop(int64_t id) {
  const MutexLock lock(table_->mutex_);
  section_->connections.erase(id);
}

OwnedConnections::Outcome OwnedConnections::Judge() { return Judge(/*all=*/true); }
OwnedConnections::Outcome OwnedConnections::JudgeDue() { return Judge(/*all=*/is_due()); }

OwnedConnections::Outcome OwnedConnections::Judge(bool all) {
  const absl::Time now = SteadyNow();
  Outcome outcome;
  ConnectionTable::News news;
  EndpointsById closing;
  {
    const MutexLock lock(table_->mutex_);
    std::vector<int64_t> ids = std::exchange(section_->unjudged, {});
    if (all) {
      section_->judge_at = absl::InfiniteFuture();
      ids.clear();
      for (const auto& [id, connection] : section_->connections) ids.push_back(id);
    }
    outcome = std::exchange(section_->left, {});
    closing = table_->Judge(ids, section_.get(), &outcome, &news);
  }
  const bool closed = table_->Close(closing, std::move(news), section_.get());
  if (!closed) Forget({});  // those that the peer or gRPC has closed
  const MutexLock lock(table_->mutex_);
  if (!closed) {
    outcome.next = std::min(outcome.next, kTryAgain);
    outcome.drain =
        outcome.drain || std::any_of(section_->connections.begin(), section_->connections.end(),
                                     [](const auto& one) { return one.second.at_once && !one.second.closed; });
  }
  section_->judge_at = std::min(section_->judge_at, now + outcome.next);
  outcome.next = section_->judge_at - now;
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
