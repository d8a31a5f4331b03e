#include "pinion/server/server_listener.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "pinion/base/mutex.h"
#include "pinion/base/steady_clock.h"
#include "pinion/transport/goaway.h"

namespace pinion {

namespace {

constexpr absl::Duration kAskAgain = absl::Milliseconds(100);

ConnectionTable::Owner OwnerOf(const ServerListener::Parts& parts) {
  auto close = [accepted = parts.accepted](const EndpointsById& connections) {
    absl::flat_hash_set<int64_t> over;  // connections that could not be closed are already gone
    for (const auto& [id, endpoints] : connections) {
      accepted->Close(id);
      over.insert(id);
    }
    return over;
  };
  auto is_live = [accepted = parts.accepted](int64_t id) { return accepted->IsEstablished(id); };
  return {Side::kServer, parts.connection_verifier, std::move(close), std::move(is_live)};
}

}  // namespace

ServerListener::ServerListener(Parts parts, const WorkloadParts& workload)
    : accepted_(parts.accepted),
      loop_(std::move(parts.loop)),
      trust_state_(workload.trust_state),
      call_authorizer_(parts.call_authorizer),
      connection_verifier_(parts.connection_verifier),
      events_(workload.options.events),
      exchange_(workload.exchange),
      max_connections_per_key_(workload.options.server->limits.max_connections_per_key),
      connections_(workload.trust_state->connections()->Add(OwnerOf(parts))),
      refusals_(workload.options.clock) {
  trust_state_->AddObserver(this);
  call_authorizer_->TakePolicies();  // they may have changed since the authorizer was made
}

ServerListener::~ServerListener() {
  trust_state_->RemoveObserver(this);
  loop_->End();  // its thread uses the other members
}

void ServerListener::Start() {
  started_ = true;
  loop_->Start(hand_over_, [this] { return Look(); });
}

bool ServerListener::Drain(grpc::Server* server, absl::Duration at_most) {
  loop_->Stop();
  if (exchanges_ != nullptr) exchanges_->Stop();
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
  UpdateConnections();  // so that the table has them
}

void ServerListener::OnChange(const TrustState::Change& change) {
  if (!change.client_roots && !change.pin_set) return;
  {
    const MutexLock lock(mutex_);
    UpdateConnections();
    connections_->Judge();
  }
  trust_state_->connections()->Report();
  loop_->Wake();
}

absl::Duration ServerListener::Look() {
  std::vector<HandshakeEvent> refusals;
  OwnedConnections::Outcome outcome;
  absl::Time refusals_due;
  {
    const MutexLock lock(mutex_);
    UpdateConnections();
    const absl::Time now = SteadyNow();
    for (RefusedConnection& refused : accepted_->TakeRefused()) refusals_.Add(std::move(refused), now);
    refusals = refusals_.Take(now);
    refusals_due = refusals_.due();
    outcome = connections_->JudgeDue();
  }
  trust_state_->connections()->Report();
  for (const HandshakeEvent& event : refusals) {
    if (events_ != nullptr) events_->OnHandshake(event);
  }
  return std::min(outcome.next, refusals_due - SteadyNow());
}

bool ServerListener::HasShare(const LiveSocket& socket) {
  const auto identified = connection_verifier_->Recall(socket.leaf_pem, /*host=*/"");
  if (identified == nullptr) return true;  // connections_ closes it
  const ConnectionVerifier::LiveVerdict verdict = connection_verifier_->JudgeLive(identified.get());
  int& connections = connections_by_key_[verdict.pin];
  // One key never gets all connections, even if descriptors are scarce.
  const int share = std::min(max_connections_per_key_, std::max(1, accepted_->capacity() / 2));
  if (connections >= share) {
    accepted_->Close(socket.id);
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
  connections_->Drop(id);
  const auto key = keys_.find(id);
  if (key == keys_.end()) return;
  const auto connections = connections_by_key_.find(key->second);
  if (--connections->second == 0) connections_by_key_.erase(connections);
  keys_.erase(key);
}

void ServerListener::UpdateConnections() {
  for (const int64_t id : accepted_->TakeEnded()) Drop(id);
  for (LiveSocket& socket : accepted_->TakeEstablished()) {
    if (HasShare(socket)) connections_->Add(std::move(socket), /*host=*/"");
  }
}

}  // namespace pinion
