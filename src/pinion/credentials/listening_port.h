// What stands behind Listen. Private to credentials/.
#ifndef PINION_CREDENTIALS_LISTENING_PORT_H_
#define PINION_CREDENTIALS_LISTENING_PORT_H_

#include <grpcpp/server_builder.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "pinion/connection/accept_loop.h"
#include "pinion/connection/accepted_connections.h"
#include "pinion/credentials/call_guard.h"
#include "pinion/credentials/live_connections.h"
#include "pinion/credentials/material.h"
#include "pinion/credentials/options.h"
#include "pinion/credentials/peer_gate.h"
#include "pinion/credentials/refusal_reports.h"

namespace pinion {

// Accepts connections, hands them to gRPC, and reviews them when something changes, when one is new, and when a verdict
// runs out; never on a call's way.
class ListeningPort final : public Material::Follower {
 public:
  using Acceptor = std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor>;

  // What it is made of: the loop accepts `accepted`, and `gate` judges them.
  struct Parts {
    std::shared_ptr<AcceptedConnections> accepted;
    std::unique_ptr<AcceptLoop> loop;
    Acceptor acceptor;
    std::shared_ptr<Material> material;
    std::shared_ptr<CallGuard> guard;
    std::shared_ptr<PeerGate> gate;
  };

  ListeningPort(Parts parts, const ServerOptions& options);
  ~ListeningPort() override;

  int port() const { return loop_->port(); }
  const std::vector<std::string>& unavailable_addresses() const { return loop_->unavailable_addresses(); }
  // gRPC takes connections from now on. Once; not after Stop.
  void Start();
  bool started() const { return started_; }
  void Stop() { loop_->Stop(); }
  // As Listener::Drain.
  bool Drain(grpc::Server* server, absl::Duration at_most);

  void OnChange(const Material::Change& change) override;
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
  const Acceptor acceptor_;
  const std::shared_ptr<Material> material_;
  const std::shared_ptr<CallGuard> guard_;
  const std::shared_ptr<PeerGate> gate_;
  const int max_connections_per_key_;
  const std::vector<int64_t> other_servers_;  // of this process: gRPC's ids, before this one's was built

  std::atomic<bool> started_{false};
  std::mutex mutex_;
  LiveConnections connections_ ABSL_GUARDED_BY(mutex_);
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

#endif  // PINION_CREDENTIALS_LISTENING_PORT_H_
