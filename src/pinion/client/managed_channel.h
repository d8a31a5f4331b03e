// The implementation of Workload::CreateChannel. Private to client/.
#ifndef PINION_CLIENT_MANAGED_CHANNEL_H_
#define PINION_CLIENT_MANAGED_CHANNEL_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/random/random.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "pinion/adoption/workload_parts.h"
#include "pinion/base/mutex.h"
#include "pinion/client/expected_connections.h"
#include "pinion/connection/connection_table.h"
#include "pinion/connection/connection_verifier.h"
#include "pinion/transport/open_channel.h"
#include "pinion/transport/opened_descriptors.h"
#include "pinion/transport/swapping_channel.h"
#include "pinion/transport/wakeup.h"
#include "pinion/workload.h"
#include "pinion/workload/trust_state.h"

namespace pinion {

// A channel to one target. It is replaced by a new gRPC channel when connections must be drained. It reviews its
// connections when the configuration changes, soon after each handshake, and when a verdict expires, but never in the
// path of a call.
class ManagedChannel final : public TrustState::Observer {
 public:
  static absl::StatusOr<std::shared_ptr<ManagedChannel>> Open(const std::string& target, const WorkloadParts& parts,
                                                              const grpc::ChannelArguments& arguments);
  ~ManagedChannel() override;
  ManagedChannel(const ManagedChannel&) = delete;
  ManagedChannel& operator=(const ManagedChannel&) = delete;

  grpc::ChannelInterface* channel() const { return channel_.get(); }

  void OnSnapshot(const TrustState::Change& change) override;
  void OnChange(const TrustState::Change& change) override;

 private:
  // A gRPC channel that may still have connections.
  struct Opened {
    int64_t id = 0;
    std::weak_ptr<grpc::Channel> channel;
  };

  // A gRPC channel that was replaced before it was connected.
  struct Leaving {
    std::shared_ptr<grpc::Channel> channel;
    absl::Time until;
  };

  ManagedChannel(std::string target, const WorkloadParts& parts, const grpc::ChannelArguments& arguments);
  // What its verifier does besides; needs wakeup_.
  ConnectionVerifier::Settings HowToJudge(const WorkloadParts& parts) const;
  // What is done when the server has another certificate.
  static std::function<void()> Renewal(const std::weak_ptr<ManagedChannel>& weak);
  // Reviews everything against the configuration in effect.
  void LookAgain();
  // Opens a new gRPC channel with the identity in effect.
  absl::StatusOr<std::shared_ptr<grpc::Channel>> OpenAnother() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Review() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Adds new connections to the table. Schedules another call while one is expected.
  void FindConnections() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Opens a new connection within a third of the drain window.
  void SwapSoon() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Swap() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Releases the replaced channels that need no more time.
  void ReleaseLeaving(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string target_;
  const grpc::ChannelArguments arguments_;
  const absl::Duration drain_window_;
  const std::shared_ptr<TrustState> trust_state_;
  const std::function<absl::Time()> clock_;
  std::shared_ptr<ConnectionVerifier> connection_verifier_;
  std::unique_ptr<SwappingChannel> channel_;
  std::shared_ptr<Wakeup> wakeup_;
  const std::shared_ptr<Exchange> exchange_;         // null if it is DISABLED
  std::shared_ptr<Exchange::OfChannel> of_channel_;  // null then, too
  const std::shared_ptr<ChannelParts> shared_;
  const std::shared_ptr<OpenedDescriptors> descriptors_ = std::make_shared<OpenedDescriptors>();
  const std::shared_ptr<ExpectedConnections> expected_ = std::make_shared<ExpectedConnections>();

  Mutex mutex_;
  std::vector<Opened> opened_ ABSL_GUARDED_BY(mutex_);
  TrustState::Own opened_with_ ABSL_GUARDED_BY(mutex_);  // the last one
  // gRPC 1.51 may keep the connection of a channel that is destroyed while it connects.
  std::vector<Leaving> leaving_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<OwnedConnections> connections_;
  bool has_found_ ABSL_GUARDED_BY(mutex_) = false;  // a connection, since the last review
  // By the steady clock, as Leaving::until.
  absl::Time swap_at_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteFuture();
  absl::BitGen random_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pinion

#endif  // PINION_CLIENT_MANAGED_CHANNEL_H_
