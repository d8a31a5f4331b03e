// The implementation of Listener. Private to server/.
#ifndef PINION_SERVER_SERVER_LISTENER_H_
#define PINION_SERVER_SERVER_LISTENER_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "pinion/adoption/workload_parts.h"
#include "pinion/base/mutex.h"
#include "pinion/connection/connection_table.h"
#include "pinion/connection/connection_verifier.h"
#include "pinion/server/admission/accept_loop.h"
#include "pinion/server/admission/accepted_connections.h"
#include "pinion/server/call_authorizer.h"
#include "pinion/server/refusal_reports.h"
#include "pinion/transport/server_port.h"

namespace pinion {

// Accepts connections, hands them to gRPC, and reviews them when the configuration changes, when a connection is new,
// and when a verdict expires, but never in the path of a call.
class ServerListener final : public TrustState::Observer {
 public:
  // Its components: the loop accepts the connections in `accepted`, and `connection_verifier` verifies them.
  struct Parts {
    std::shared_ptr<AcceptedConnections> accepted;
    std::unique_ptr<AcceptLoop> loop;
    std::shared_ptr<CallAuthorizer> call_authorizer;
    std::shared_ptr<ConnectionVerifier> connection_verifier;
  };

  ServerListener(Parts parts, const WorkloadParts& workload);
  ~ServerListener() override;

  int port() const { return loop_->port(); }
  const std::vector<std::string>& unavailable_addresses() const { return loop_->unavailable_addresses(); }
  // Must be called before Start.
  void set_hand_over(HandOver hand_over) { hand_over_ = std::move(hand_over); }
  // Must be called before Start.
  void set_exchanges(std::shared_ptr<MessageStreams::Served> exchanges) { exchanges_ = std::move(exchanges); }
  // Starts to hand connections to gRPC. Must be called at most once, and not after Stop.
  void Start();
  bool started() const { return started_; }
  void Stop() { loop_->Stop(); }
  // See Listener::Drain.
  bool Drain(grpc::Server* server, absl::Duration at_most);

  void OnSnapshot(const TrustState::Change& change) override;
  void OnChange(const TrustState::Change& change) override;

 private:
  // Called on the loop's thread.
  absl::Duration Look();
  // Drops the connections that have ended and adds those that were established.
  void UpdateConnections() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Closes the connection and returns false if its key has reached the limit of connections.
  bool HasShare(const LiveSocket& socket) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Drop(int64_t id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::shared_ptr<AcceptedConnections> accepted_;
  const std::unique_ptr<AcceptLoop> loop_;
  const std::shared_ptr<TrustState> trust_state_;
  const std::shared_ptr<CallAuthorizer> call_authorizer_;
  const std::shared_ptr<ConnectionVerifier> connection_verifier_;
  const std::shared_ptr<EventSink> events_;   // may be null
  const std::shared_ptr<Exchange> exchange_;  // null if it is DISABLED, as is exchanges_
  const int max_connections_per_key_;

  std::shared_ptr<MessageStreams::Served> exchanges_;
  HandOver hand_over_;
  std::atomic<bool> started_{false};
  Mutex mutex_;
  const std::unique_ptr<OwnedConnections> connections_;
  RefusalReports refusals_ ABSL_GUARDED_BY(mutex_);
  // The key of each established connection, by its id, and the number of connections of each key.
  absl::flat_hash_map<int64_t, std::string> keys_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, int> connections_by_key_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pinion

#endif  // PINION_SERVER_SERVER_LISTENER_H_
