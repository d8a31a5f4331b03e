// Tracks how the handshakes of accepted connections end: the results of OpenSSL and the verifier, and the reports.
#include <memory>
#include <string>
#include <utility>

#include "pinion/base/mutex.h"
#include "pinion/base/steady_clock.h"
#include "pinion/server/admission/accepted_connections.h"

namespace pinion {

class AcceptedConnections::Observer final : public x509::HandshakeObserver {
 public:
  Observer(std::weak_ptr<AcceptedConnections> connections, int64_t number)
      : connections_(std::move(connections)), number_(number) {}
  void OnDone(const std::string& leaf_pem) override {
    if (const auto connections = connections_.lock()) connections->OnTlsDone(number_, leaf_pem);
  }
  void OnFailure(x509::TlsFailure failure) override {
    if (const auto connections = connections_.lock()) {
      connections->OnTlsFailure(number_, std::move(failure));
    }
  }
  void OnRepeated() override {
    if (const auto connections = connections_.lock()) connections->OnRepeatedHello(number_);
  }
  void OnEnd() override {
    if (const auto connections = connections_.lock()) connections->OnTlsEnd(number_);
  }

 private:
  const std::weak_ptr<AcceptedConnections> connections_;
  const int64_t number_;
};

std::shared_ptr<x509::HandshakeObserver> AcceptedConnections::MakeObserver(int64_t number) {
  return std::make_shared<Observer>(weak_from_this(), number);
}

void AcceptedConnections::OnHandshakeEnd(const Connection& connection) {
  const bool is_over = connection.tls_ended || x509::StopObserving(connection.client_random, connection.observer.get());
  if (is_over) return ReportHandshake(connection);
  ended_handshakes_.emplace(connection.number, connection);
}

void AcceptedConnections::ReportHandshake(const Connection& connection) {
  if (connection.judged) return;  // the verifier has reported it
  // An alert is more specific than the close of the connection, which may follow it from either side.
  const bool peer_left = connection.peer_left && !connection.failure.has_value();
  const Why why = !connection.offers_http2 ? Why::kNoHttp2 : peer_left ? Why::kAbandoned : Why::kFailed;
  Report({why, connection.endpoints.second, "", connection.source, connection.failure});
}

AcceptedConnections::Connection* AcceptedConnections::FindHandshake(int64_t number) {
  const auto found = connections_.find(number);
  if (found != connections_.end()) {
    return found->second.stage == Stage::kHandshake ? &found->second : nullptr;
  }
  const auto ended = ended_handshakes_.find(number);
  return ended == ended_handshakes_.end() ? nullptr : &ended->second;
}

void AcceptedConnections::OnTlsDone(int64_t number, const std::string& leaf_pem) {
  const MutexLock lock(mutex_);
  Connection* const connection = FindHandshake(number);
  if (connection == nullptr) return;
  connection->leaf_pem = leaf_pem;
  if (connections_.contains(number)) finished_.insert(number);
}

void AcceptedConnections::OnTlsFailure(int64_t number, x509::TlsFailure failure) {
  const MutexLock lock(mutex_);
  Connection* const connection = FindHandshake(number);
  if (connection != nullptr) connection->failure = std::move(failure);
}

void AcceptedConnections::OnTlsEnd(int64_t number) {
  const MutexLock lock(mutex_);
  if (const auto ended = ended_handshakes_.find(number); ended != ended_handshakes_.end()) {
    ReportHandshake(ended->second);
    ended_handshakes_.erase(ended);
  } else if (const auto found = connections_.find(number); found != connections_.end()) {
    Connection& connection = found->second;
    connection.tls_ended = true;
    if (connection.stage < Stage::kEstablished) return;
    ShutDownConnection(connection.grpcs, connection.endpoints);  // in case that gRPC has not closed it
    Forget(number);
  }
}

void AcceptedConnections::OnRepeatedHello(int64_t number) {
  const MutexLock lock(mutex_);
  const auto found = connections_.find(number);
  if (found == connections_.end()) return;
  Connection& connection = found->second;
  if (connection.stage == Stage::kHandshake) {
    Refuse(number, Why::kUnusableHello, "has reached another TLS server of this process, too");
  } else if (ShutDownConnection(connection.grpcs, connection.endpoints)) {
    SetStage(&connection, Stage::kClosing);
  }
}

std::string AcceptedConnections::OnVerdict(absl::string_view leaf_pem, bool accepted) {
  if (leaf_pem.empty()) return "";
  const MutexLock lock(mutex_);
  const absl::Time now = SteadyNow();
  Connection* judged = nullptr;
  const auto look_at = [&](Connection& connection) {
    if (connection.judged || connection.leaf_pem != leaf_pem) return;
    if (judged == nullptr || connection.number < judged->number) judged = &connection;
  };
  for (const int64_t number : finished_) {
    Connection& connection = connections_[number];
    look_at(connection);
    // Also one to which an earlier verdict, of another connection, was ascribed.
    const bool is_new = connection.stage == Stage::kHandshake && !connection.tls_ended;
    if (accepted && is_new && connection.leaf_pem == leaf_pem) Establish(&connection, now);
  }
  for (auto& [number, connection] : ended_handshakes_) look_at(connection);
  if (judged == nullptr) return "";
  judged->judged = true;
  if (judged->stage >= Stage::kEstablished) finished_.erase(judged->number);
  return judged->endpoints.second;
}

}  // namespace pinion
