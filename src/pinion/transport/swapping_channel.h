// A channel that can be replaced while stubs hold it.
#ifndef PINION_TRANSPORT_SWAPPING_CHANNEL_H_
#define PINION_TRANSPORT_SWAPPING_CHANNEL_H_

#include <grpcpp/channel.h>
#include <grpcpp/impl/channel_interface.h>

#include <atomic>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "pinion/base/mutex.h"

namespace pinion {

// Forwards each call to the current channel; the call stays on that channel, which gRPC keeps alive as long as the
// call's ClientContext. The cost for each call is a short lock. Thread-safe.
class SwappingChannel final : public grpc::ChannelInterface {
 public:
  explicit SwappingChannel(std::shared_ptr<grpc::Channel> channel) : channel_(std::move(channel)) {}

  // Uses `channel` for new calls. A caller that waits for a state change of the old channel checks again within 1 s.
  void Swap(std::shared_ptr<grpc::Channel> channel);
  std::shared_ptr<grpc::Channel> current() const { return std::atomic_load(&channel_); }

  grpc_connectivity_state GetState(bool try_to_connect) override { return current()->GetState(try_to_connect); }

 private:
  grpc::internal::Call CreateCall(const grpc::internal::RpcMethod& method, grpc::ClientContext* context,
                                  grpc::CompletionQueue* queue) override;
  grpc::internal::Call CreateCallInternal(const grpc::internal::RpcMethod& method, grpc::ClientContext* context,
                                          grpc::CompletionQueue* queue, size_t interceptor_position) override;
  void PerformOpsOnCall(grpc::internal::CallOpSetInterface* ops, grpc::internal::Call* call) override;
  // A registered method belongs to one channel; stubs do not need it.
  void* RegisterMethod(const char* /*method*/) override { return nullptr; }
  // Applies to the current channel, even if it is replaced meanwhile.
  void NotifyOnStateChangeImpl(grpc_connectivity_state last_observed, gpr_timespec deadline,
                               grpc::CompletionQueue* queue, void* tag) override;
  bool WaitForStateChangeImpl(grpc_connectivity_state last_observed, gpr_timespec deadline) override;
  grpc::CompletionQueue* CallbackCQ() override;

  Mutex mutex_;  // held by Swap
  // Accessed with std::atomic_load and std::atomic_store.
  std::shared_ptr<grpc::Channel> channel_;
  // Stubs first request the callback queue and then make the call, possibly on a later channel. On Linux, gRPC has one
  // such queue for all channels, which exists as long as one of the channels that requested it; therefore each new
  // channel requests it.
  std::atomic<bool> asked_for_callbacks_{false};
};

}  // namespace pinion

#endif  // PINION_TRANSPORT_SWAPPING_CHANNEL_H_
