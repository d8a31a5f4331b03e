// A channel that can become another one while stubs hold it.
#ifndef PINION_TRANSPORT_DEBIAN_1_51_SWAPPING_CHANNEL_H_
#define PINION_TRANSPORT_DEBIAN_1_51_SWAPPING_CHANNEL_H_

#include <grpcpp/channel.h>
#include <grpcpp/impl/channel_interface.h>

#include <atomic>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "pinion/base/mutex.h"

namespace pinion {

// Hands each call to the channel that is in it at that moment, where the call then stays; gRPC keeps that channel alive
// as long as the call's ClientContext. Costs a call a short lock. Safe to use from any thread.
class SwappingChannel final : public grpc::ChannelInterface {
 public:
  explicit SwappingChannel(std::shared_ptr<grpc::Channel> channel) : channel_(std::move(channel)) {}

  // New calls go to `channel` from now on. Who waits for a change of the old one's state looks again within a second.
  void Swap(std::shared_ptr<grpc::Channel> channel);
  std::shared_ptr<grpc::Channel> current() const { return std::atomic_load(&channel_); }

  grpc_connectivity_state GetState(bool try_to_connect) override { return current()->GetState(try_to_connect); }

 private:
  grpc::internal::Call CreateCall(const grpc::internal::RpcMethod& method, grpc::ClientContext* context,
                                  grpc::CompletionQueue* queue) override;
  grpc::internal::Call CreateCallInternal(const grpc::internal::RpcMethod& method, grpc::ClientContext* context,
                                          grpc::CompletionQueue* queue, size_t interceptor_position) override;
  void PerformOpsOnCall(grpc::internal::CallOpSetInterface* ops, grpc::internal::Call* call) override;
  // A registered method belongs to one channel; stubs do without.
  void* RegisterMethod(const char* /*method*/) override { return nullptr; }
  // Of the channel that is in it now, even if it is swapped meanwhile.
  void NotifyOnStateChangeImpl(grpc_connectivity_state last_observed, gpr_timespec deadline,
                               grpc::CompletionQueue* queue, void* tag) override;
  bool WaitForStateChangeImpl(grpc_connectivity_state last_observed, gpr_timespec deadline) override;
  grpc::CompletionQueue* CallbackCQ() override;

  Mutex mutex_;  // held to swap
  // By std::atomic_load and std::atomic_store.
  std::shared_ptr<grpc::Channel> channel_;
  // Stubs ask for the callback queue first and make the call second, perhaps on a later channel. On Linux gRPC has one
  // such queue for all channels, alive as long as one of those that asked for it is; so each new channel asks.
  std::atomic<bool> asked_for_callbacks_{false};
};

}  // namespace pinion

#endif  // PINION_TRANSPORT_DEBIAN_1_51_SWAPPING_CHANNEL_H_
