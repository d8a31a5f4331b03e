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

void ConnectionTable::Add(LiveSocket socket, absl::string_view host) {
  if (connections_.size() >= forget_at_) Forget({});
  Connection connection;
  connection.identified = settings_.connection_verifier->Recall(socket.leaf_pem, host);
  socket.leaf_pem.clear();
  connection.since = settings_.clock();
  const int64_t id = socket.id;
  connection.socket = std::move(socket);
  connections_.emplace(id, std::move(connection));
  new_.push_back(id);
}

void ConnectionTable::Forget(const std::vector<int64_t>& current) {
  for (auto it = connections_.begin(); it != connections_.end();) {
    const bool lives = std::binary_search(current.begin(), current.end(), it->first) || settings_.is_live(it->first);
    it = lives ? std::next(it) : connections_.erase(it);
  }
  forget_at_ = std::max(kFirstForget, 2 * connections_.size());
}

ConnectionTable::Outcome ConnectionTable::Judge() {
  judge_at_ = absl::InfiniteFuture();
  new_.clear();
  std::vector<int64_t> all;
  for (const auto& [id, connection] : connections_) all.push_back(id);
  return Judge(all);
}

bool ConnectionTable::is_due() const { return SteadyNow() >= judge_at_; }

ConnectionTable::Outcome ConnectionTable::JudgeDue() { return is_due() ? Judge() : Judge(std::exchange(new_, {})); }

void ConnectionTable::CloseRevoked() {
  const absl::Time now = SteadyNow();
  EndpointsById closing;
  for (auto& [id, connection] : connections_) {
    if (connection.closed || JudgeOne(now, &connection, &left_)) continue;
    closing.emplace(id, connection.socket.endpoints);
  }
  Close(closing);  // if this fails, Judge tries again
}

ConnectionTable::Outcome ConnectionTable::Judge(const std::vector<int64_t>& ids) {
  const absl::Time now = SteadyNow();
  Outcome outcome = std::exchange(left_, {});
  EndpointsById closing;
  for (const int64_t id : ids) {
    const auto found = connections_.find(id);
    if (found == connections_.end() || found->second.closed) continue;
    if (!JudgeOne(now, &found->second, &outcome)) closing.emplace(id, found->second.socket.endpoints);
  }
  if (!Close(closing)) {
    outcome.next = std::min(outcome.next, kTryAgain);
    Forget({});  // those that the peer or gRPC has closed
    outcome.drain = outcome.drain || std::any_of(connections_.begin(), connections_.end(), [](const auto& one) {
                      return one.second.at_once && !one.second.closed;
                    });
  }
  // Reported after all connections are closed, since a sink may be slow.
  for (const ConnectionEvent& event : std::exchange(news_, {})) {
    if (settings_.events != nullptr) settings_.events->OnConnection(event);
  }
  judge_at_ = std::min(judge_at_, now + outcome.next);
  outcome.next = judge_at_ - now;
  return outcome;
}

bool ConnectionTable::JudgeOne(absl::Time now, Connection* connection, Outcome* outcome) {
  const ConnectionVerifier::LiveVerdict verdict =
      connection->identified == nullptr ? Unidentified()
                                        : settings_.connection_verifier->JudgeLive(connection->identified.get());
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
    news_.push_back({settings_.clock(), settings_.side, connection->socket.endpoints.second, connection->peer,
                     verdict.pin, verdict.reason, verdict.text, at_once});
  }
  if (at_once || now >= connection->end) return false;
  outcome->next = std::min(outcome->next, connection->end - now);
  return true;
}

bool ConnectionTable::Close(const EndpointsById& closing) {
  if (closing.empty()) return true;
  const absl::flat_hash_set<int64_t> over = settings_.close(closing);
  for (const int64_t id : over) connections_[id].closed = true;
  return over.size() == closing.size();
}

void ConnectionTable::AddTo(std::vector<ConnectionStatus>* statuses,
                            const std::function<std::optional<int64_t>(const LiveSocket&)>& calls_in_flight) const {
  for (const auto& [id, connection] : connections_) {
    const std::optional<int64_t> calls = calls_in_flight(connection.socket);
    if (!calls.has_value()) continue;
    statuses->push_back({connection.socket.endpoints.second, connection.peer, connection.pin, connection.since, *calls,
                         connection.reason});
  }
}

}  // namespace pinion
