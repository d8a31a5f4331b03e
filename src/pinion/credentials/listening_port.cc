#include "pinion/credentials/listening_port.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "pinion/connection/steady_time.h"

namespace pinion {

ListeningPort::ListeningPort(std::unique_ptr<AcceptLoop> loop, Acceptor acceptor, std::shared_ptr<Material> material,
                             std::shared_ptr<CallGuard> guard, LiveConnections::Settings settings)
    : loop_(std::move(loop)),
      acceptor_(std::move(acceptor)),
      material_(std::move(material)),
      guard_(std::move(guard)),
      connections_(std::move(settings)) {
  material_->Follow(this);
  guard_->TakePolicies();  // they may have changed since the guard was made
}

ListeningPort::~ListeningPort() {
  material_->Unfollow(this);
  loop_->End();  // its thread uses the rest
}

void ListeningPort::Start() {
  started_ = true;
  loop_->Start(
      [this](int listener, int connection) {
        grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters parameters;
        parameters.listener_fd = listener;
        parameters.fd = connection;
        acceptor_->HandleNewConnection(&parameters);
      },
      [this] { return Look(); });
}

void ListeningPort::OnChange(const Material::Change& change) {
  if (change.policies) guard_->TakePolicies();
  if (!change.identity && !change.peer_roots && !change.pin_set) return;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    FindConnections(/*after=*/0);
    connections_.Judge();
  }
  loop_->Wake();
}

absl::Duration ListeningPort::Look() {
  std::vector<Endpoints> established;
  LiveConnections::Outcome outcome;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    FindConnections(connections_.is_due() ? 0 : settled_);
    established.swap(established_);
    outcome = connections_.JudgeDue();
  }
  for (const Endpoints& endpoints : established) loop_->HandshakeIsOver(endpoints);
  return outcome.next;
}

void ListeningPort::AddConnectionsTo(std::vector<ConnectionStatus>* connections) {
  const std::lock_guard<std::mutex> lock(mutex_);
  FindConnections(/*after=*/0);
  connections_.Judge();
  connections_.AddTo(connections);
}

void ListeningPort::TakeIn(int64_t id, int64_t server) {
  std::optional<LiveSocket> socket = FindLiveSocket(id);
  // Another server of this process may have a port of its own, and this one another port.
  if (!socket.has_value() || !absl::EndsWith(socket->endpoints.first, absl::StrCat(":", loop_->port()))) return;
  server_ = server;
  established_.push_back(socket->endpoints);
  connections_.Add(*std::move(socket), /*host=*/"");
}

void ListeningPort::FindConnections(int64_t after) {
  std::vector<int64_t> ids;
  for (const int64_t server : server_.has_value() ? std::vector<int64_t>{*server_} : Servers()) {
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
