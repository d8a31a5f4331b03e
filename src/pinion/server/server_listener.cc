#include "pinion/server/server_listener.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "pinion/base/mutex.h"
#include "pinion/base/steady_clock.h"
#include "pinion/transport/goaway.h"

namespace pinion {

namespace {

constexpr absl::Duration kAskAgain = absl::Milliseconds(100);

ConnectionTable::Settings SettingsOf(const ServerListener::Parts& parts, const WorkloadOptions& options) {
  auto close = [accepted = parts.accepted](const EndpointsById& connections) {
    absl::flat_hash_set<int64_t> over;  // connections that could not be closed are already gone
    for (const auto& [id, endpoints] : connections) {
      accepted->Close(endpoints, id);
      over.insert(id);
    }
    return over;
  };
  return {Side::kServer, parts.connection_verifier, options.events,
          options.clock, options.drain_window,      std::move(close)};
}

}  // namespace

ServerListener::ServerListener(Parts parts, const WorkloadParts& workload)
    : accepted_(parts.accepted),
      loop_(std::move(parts.loop)),
      trust_state_(workload.trust_state),
      call_authorizer_(parts.call_authorizer),
      connection_verifier_(parts.connection_verifier),
      events_(workload.options.events),
      max_connections_per_key_(workload.options.server->limits.max_connections_per_key),
      other_servers_(Servers()),
      connections_(SettingsOf(parts, workload.options)),
      refusals_(workload.options.clock) {
  trust_state_->AddObserver(this);
  call_authorizer_->TakePolicies();  // they may have changed since the authorizer was made
}

ServerListener::~ServerListener() {
  trust_state_->RemoveObserver(this);
  loop_->End();  // its thread uses the other members
}

void ServerListener::Start() {
  {
    const MutexLock lock(mutex_);
    for (const int64_t server : Servers()) {
      const bool is_other = std::find(other_servers_.begin(), other_servers_.end(), server) != other_servers_.end();
      if (!is_other) servers_.push_back(server);
    }
  }
  started_ = true;
  loop_->Start(hand_over_, [this] { return Look(); });
}

bool ServerListener::Drain(grpc::Server* server, absl::Duration at_most) {
  loop_->Stop();
  const absl::Time end = SteadyNow() + at_most;
  for (;;) {
    // Repeated, since a handshake that was in progress may have become a connection.
    SendGoaways(server, end - SteadyNow());
    const absl::Duration left = end - SteadyNow();
    if (accepted_->WaitUntilEmpty(std::clamp(left, absl::ZeroDuration(), kAskAgain))) return true;
    if (left <= kAskAgain) return false;
  }
}

void ServerListener::OnSnapshot(const TrustState::Change& change) {
  if (change.policies) call_authorizer_->TakePolicies();
  if (!change.pin_set) return;
  const MutexLock lock(mutex_);
  connections_.CloseRevoked();
}

void ServerListener::OnChange(const TrustState::Change& change) {
  if (!change.client_roots && !change.pin_set) return;
  {
    const MutexLock lock(mutex_);
    FindConnections(/*after=*/0);
    connections_.Judge();
  }
  loop_->Wake();
}

absl::Duration ServerListener::Look() {
  std::vector<HandshakeEvent> refusals;
  ConnectionTable::Outcome outcome;
  absl::Time refusals_due;
  {
    const MutexLock lock(mutex_);
    FindConnections(connections_.is_due() ? 0 : settled_);
    const absl::Time now = SteadyNow();
    for (RefusedConnection& refused : accepted_->TakeRefused()) refusals_.Add(std::move(refused), now);
    refusals = refusals_.Take(now);
    refusals_due = refusals_.due();
    outcome = connections_.JudgeDue();
  }
  for (const HandshakeEvent& event : refusals) {
    if (events_ != nullptr) events_->OnHandshake(event);
  }
  return std::min(outcome.next, refusals_due - SteadyNow());
}

void ServerListener::AddConnectionsTo(std::vector<ConnectionStatus>* connections) {
  const MutexLock lock(mutex_);
  connections_.AddTo(connections);
}

void ServerListener::TakeIn(int64_t id, int64_t server) {
  std::optional<LiveSocket> socket = FindLiveSocket(id);
  if (!socket.has_value()) return;
  const int64_t before = accepted_->Establish(socket->endpoints, id, SteadyNow());
  if (before < 0 || before == id) return;
  servers_ = {server};
  if (before > 0) Drop(before);
  if (HasShare(*socket)) connections_.Add(*std::move(socket), /*host=*/"");
}

bool ServerListener::HasShare(const LiveSocket& socket) {
  const auto identified = connection_verifier_->Recall(socket.leaf_pem, /*host=*/"");
  if (identified == nullptr) return true;  // connections_ closes it
  const ConnectionVerifier::LiveVerdict verdict = connection_verifier_->JudgeLive(identified.get());
  int& connections = connections_by_key_[verdict.pin];
  // One key never gets all connections, even if descriptors are scarce.
  const int share = std::min(max_connections_per_key_, std::max(1, accepted_->capacity() / 2));
  if (connections >= share) {
    accepted_->Close(socket.endpoints, socket.id);
    refusals_.Add({RefusedConnection::Why::kTooMany, socket.endpoints.second,
                   absl::StrCat(verdict.peer.empty() ? "the key " : absl::StrCat("peer \"", verdict.peer, "\", key "),
                                verdict.pin, " has ", connections, " connections, its max_connections_per_key")},
                  SteadyNow());
    return false;
  }
  ++connections;
  keys_[socket.id] = verdict.pin;
  return true;
}

void ServerListener::Drop(int64_t id) {
  connections_.Drop(id);
  const auto key = keys_.find(id);
  if (key == keys_.end()) return;
  const auto connections = connections_by_key_.find(key->second);
  if (--connections->second == 0) connections_by_key_.erase(connections);
  keys_.erase(key);
}

void ServerListener::FindConnections(int64_t after) {
  for (const int64_t id : accepted_->TakeEnded()) Drop(id);
  std::vector<int64_t> ids;
  for (const int64_t server : std::vector<int64_t>(servers_)) {
    for (const int64_t id : ServerSockets(server, after)) {
      ids.push_back(id);
      if (!connections_.Knows(id)) TakeIn(id, server);
    }
  }
  std::sort(ids.begin(), ids.end());
  if (after == 0) connections_.Forget(ids);
  if (!ids.empty()) newest_ = std::max(newest_, ids.back());
  if (const absl::Time now = SteadyNow(); now >= settle_at_) {
    settled_ = std::exchange(settling_, newest_);
    settle_at_ = now + absl::Seconds(1);
  }
}

}  // namespace pinion
