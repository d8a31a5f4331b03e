// What stands behind CreateChannel. Private to credentials/.
#ifndef PINION_CREDENTIALS_KEPT_CHANNEL_H_
#define PINION_CREDENTIALS_KEPT_CHANNEL_H_

#include <grpcpp/support/channel_arguments.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/random/random.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "pinion/connection/open_channel.h"
#include "pinion/connection/poller.h"
#include "pinion/connection/swapping_channel.h"
#include "pinion/connection/wakeup.h"
#include "pinion/credentials/expected_connections.h"
#include "pinion/credentials/live_connections.h"
#include "pinion/credentials/material.h"
#include "pinion/credentials/options.h"
#include "pinion/credentials/peer_gate.h"

namespace pinion {

// A channel to one target, exchanged for a fresh one when connections must be drained. Reviews its connections when
// something changes, soon after each handshake, and when a verdict runs out; never on a call's way.
class KeptChannel final : public Material::Follower {
 public:
  static absl::StatusOr<std::shared_ptr<KeptChannel>> Open(const std::string& target, const ChannelOptions& options,
                                                           std::shared_ptr<Material> material,
                                                           const grpc::ChannelArguments& arguments);
  ~KeptChannel() override;
  KeptChannel(const KeptChannel&) = delete;
  KeptChannel& operator=(const KeptChannel&) = delete;

  grpc::ChannelInterface* channel() const { return channel_.get(); }

  void OnChange(const Material::Change& change) override;
  void AddConnectionsTo(std::vector<ConnectionStatus>* connections) override;

 private:
  // A gRPC channel that may still have connections.
  struct Opened {
    int64_t id = 0;
    std::weak_ptr<grpc::Channel> channel;
  };

  // A gRPC channel that was exchanged before it was connected.
  struct Leaving {
    std::shared_ptr<grpc::Channel> channel;
    absl::Time until;
  };

  KeptChannel(std::string target, const ChannelOptions& options, std::shared_ptr<Material> material,
              const grpc::ChannelArguments& arguments);
  // A fresh gRPC channel with the identity in force.
  absl::StatusOr<std::shared_ptr<grpc::Channel>> OpenAnother() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Review() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Takes in the connections that are new. Asks to be called again while one is expected.
  void FindConnections() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Swap() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Lets go of those that have left and need no more time.
  void ReleaseLeaving(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string target_;
  const grpc::ChannelArguments arguments_;
  const absl::Duration drain_window_;
  const std::shared_ptr<Material> material_;
  std::shared_ptr<PeerGate> gate_;
  std::unique_ptr<SwappingChannel> channel_;
  std::shared_ptr<Wakeup> wakeup_;
  const std::shared_ptr<Poller> poller_ = Poller::Shared();
  const std::shared_ptr<ExpectedConnections> expected_ = std::make_shared<ExpectedConnections>();

  std::mutex mutex_;
  std::vector<Opened> opened_ ABSL_GUARDED_BY(mutex_);
  Material::Own opened_with_ ABSL_GUARDED_BY(mutex_);  // the last one
  // gRPC 1.51 may keep the connection of a channel that ends in the middle of connecting.
  std::vector<Leaving> leaving_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<LiveConnections> connections_ ABSL_GUARDED_BY(mutex_);
  // By the steady clock, as Leaving::until.
  absl::Time swap_at_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteFuture();
  absl::BitGen random_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pinion

#endif  // PINION_CREDENTIALS_KEPT_CHANNEL_H_
