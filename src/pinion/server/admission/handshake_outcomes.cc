// Tracks how the handshakes of accepted connections end: the results of OpenSSL and the verifier, and the reports.
#include <memory>
#include <string>
#include <utility>

#include "pinion/base/mutex.h"
#include "pinion/server/admission/accepted_connections.h"

namespace pinion {

class AcceptedConnections::Observer final : public x509::HandshakeObserver {
 public:
  Observer(std::weak_ptr<AcceptedConnections> connections, int64_t number)
      : connections_(std::move(connections)), number_(number) {}
  // Destroyed together with the TLS object.
  ~Observer() override {
    if (const auto connections = connections_.lock()) connections->OnTlsEnd(number_);
  }
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;

  void OnDone(const std::string& leaf_pem) override {
    if (const auto connections = connections_.lock()) connections->OnTlsDone(number_, leaf_pem);
  }
  void OnFailure(x509::TlsFailure failure) override {
    if (const auto connections = connections_.lock()) {
      connections->OnTlsFailure(number_, std::move(failure));
    }
  }

 private:
  const std::weak_ptr<AcceptedConnections> connections_;
  const int64_t number_;
};

std::shared_ptr<x509::HandshakeObserver> AcceptedConnections::MakeObserver(int64_t number) {
  return std::make_shared<Observer>(weak_from_this(), number);
}

void AcceptedConnections::OnHandshakeEnd(const Connection& connection) {
  if (connection.tls_ended) return ReportHandshake(connection);
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
  if (connection != nullptr && !connection->judged) connection->leaf_pem = leaf_pem;
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
    if (found->second.stage >= Stage::kEstablished) return Forget(number);
    found->second.tls_ended = true;
  }
}

std::string AcceptedConnections::OnVerdict(absl::string_view leaf_pem) {
  if (leaf_pem.empty()) return "";
  const MutexLock lock(mutex_);
  Connection* judged = nullptr;
  const auto look_at = [&](Connection& connection) {
    const bool is_candidate = connection.stage == Stage::kHandshake && connection.leaf_pem == leaf_pem;
    if (is_candidate && (judged == nullptr || connection.number < judged->number)) judged = &connection;
  };
  for (const int64_t number : unestablished_) look_at(connections_[number]);
  for (auto& [number, connection] : ended_handshakes_) look_at(connection);
  if (judged == nullptr) return "";
  judged->judged = true;
  judged->leaf_pem.clear();
  return judged->endpoints.second;
}

}  // namespace pinion
