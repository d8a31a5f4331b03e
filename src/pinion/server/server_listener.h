// What stands behind a Listener. Private to server/.
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
#include "pinion/base/mutex.h"
#include "pinion/connection/connection_table.h"
#include "pinion/connection/connection_verifier.h"
#include "pinion/server/admission/accept_loop.h"
#include "pinion/server/admission/accepted_connections.h"
#include "pinion/server/call_authorizer.h"
#include "pinion/server/refusal_reports.h"
#include "pinion/transport/debian_1_51/server_port.h"
#include "pinion/workload/workload_parts.h"

namespace pinion {

// Accepts connections, hands them to gRPC, and reviews them when something changes, when one is new, and when a verdict
// runs out; never on a call's way.
class ServerListener final : public TrustState::Observer {
 public:
  // What it is made of: the loop accepts `accepted`, and `connection_verifier` judges them.
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
  // Before Start.
  void set_hand_over(HandOver hand_over) { hand_over_ = std::move(hand_over); }
  // gRPC takes connections from now on. Once; not after Stop.
  void Start();
  bool started() const { return started_; }
  void Stop() { loop_->Stop(); }
  // As Listener::Drain.
  bool Drain(grpc::Server* server, absl::Duration at_most);

  void OnSnapshot(const TrustState::Change& change) override;
  void OnChange(const TrustState::Change& change) override;
  void AddConnectionsTo(std::vector<ConnectionStatus>* connections) override;

 private:
  // On the loop's thread.
  absl::Duration Look();
  // Takes in the connections younger than the one with this id; with 0 all, and forgets those that are over.
  void FindConnections(int64_t after) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TakeIn(int64_t id, int64_t server) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Closes it, and returns false, where its key has as many connections as it may.
  bool HasShare(const LiveSocket& socket) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Drop(int64_t id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::shared_ptr<AcceptedConnections> accepted_;
  const std::unique_ptr<AcceptLoop> loop_;
  const std::shared_ptr<TrustState> trust_state_;
  const std::shared_ptr<CallAuthorizer> call_authorizer_;
  const std::shared_ptr<ConnectionVerifier> connection_verifier_;
  const std::shared_ptr<EventSink> events_;  // may be null
  const int max_connections_per_key_;
  const std::vector<int64_t> other_servers_;  // of this process: gRPC's ids, before this one's was built

  HandOver hand_over_;
  std::atomic<bool> started_{false};
  Mutex mutex_;
  ConnectionTable connections_ ABSL_GUARDED_BY(mutex_);
  RefusalReports refusals_ ABSL_GUARDED_BY(mutex_);
  // The keys of established connections, by gRPC's id; and how many each key has.
  absl::flat_hash_map<int64_t, std::string> keys_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, int> connections_by_key_ ABSL_GUARDED_BY(mutex_);
  // gRPC's id of the server; several where others were built at the same time, until it has had a connection.
  std::vector<int64_t> servers_ ABSL_GUARDED_BY(mutex_);
  // gRPC lists connections nearly in the order of their ids: those up to `settled_` were there a second ago.
  int64_t settled_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t settling_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t newest_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Time settle_at_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
};

}  // namespace pinion

#endif  // PINION_SERVER_SERVER_LISTENER_H_
