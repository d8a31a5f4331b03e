#include "pinion/transport/swapping_channel.h"

#include <grpc/support/time.h>

#include <utility>

#include "pinion/base/mutex.h"

namespace pinion {
namespace {
struct Forwarding;
}  // namespace
}  // namespace pinion

// The methods that stubs call on a channel are private to ChannelInterface; only gRPC's own templates are its friends.
// This specializes one of them for a message type that exists only here.
template <>
class grpc::internal::BlockingUnaryCallImpl<pinion::Forwarding, pinion::Forwarding> {
 public:
  static Call CreateCall(ChannelInterface* to, const RpcMethod& method, grpc::ClientContext* context,
                         grpc::CompletionQueue* queue) {
    return to->CreateCall(method, context, queue);
  }
  static Call CreateCallInternal(ChannelInterface* to, const RpcMethod& method, grpc::ClientContext* context,
                                 grpc::CompletionQueue* queue, size_t interceptor_position) {
    return to->CreateCallInternal(method, context, queue, interceptor_position);
  }
  static void PerformOpsOnCall(ChannelInterface* to, CallOpSetInterface* ops, Call* call) {
    to->PerformOpsOnCall(ops, call);
  }
  static void NotifyOnStateChange(ChannelInterface* to, grpc_connectivity_state last_observed, gpr_timespec deadline,
                                  grpc::CompletionQueue* queue, void* tag) {
    to->NotifyOnStateChangeImpl(last_observed, deadline, queue, tag);
  }
  static bool WaitForStateChange(ChannelInterface* to, grpc_connectivity_state last_observed, gpr_timespec deadline) {
    return to->WaitForStateChangeImpl(last_observed, deadline);
  }
  static grpc::CompletionQueue* CallbackCQ(ChannelInterface* to) { return to->CallbackCQ(); }
};

namespace pinion {
namespace {
using Forward = grpc::internal::BlockingUnaryCallImpl<Forwarding, Forwarding>;
}  // namespace

void SwappingChannel::Swap(std::shared_ptr<grpc::Channel> channel) {
  const MutexLock lock(mutex_);
  if (asked_for_callbacks_) Forward::CallbackCQ(channel.get());
  std::atomic_store(&channel_, std::move(channel));
}

grpc::internal::Call SwappingChannel::CreateCall(const grpc::internal::RpcMethod& method, grpc::ClientContext* context,
                                                 grpc::CompletionQueue* queue) {
  return Forward::CreateCall(current().get(), method, context, queue);
}

grpc::internal::Call SwappingChannel::CreateCallInternal(const grpc::internal::RpcMethod& method,
                                                         grpc::ClientContext* context, grpc::CompletionQueue* queue,
                                                         size_t interceptor_position) {
  return Forward::CreateCallInternal(current().get(), method, context, queue, interceptor_position);
}

void SwappingChannel::PerformOpsOnCall(grpc::internal::CallOpSetInterface* ops, grpc::internal::Call* call) {
  Forward::PerformOpsOnCall(current().get(), ops, call);
}

void SwappingChannel::NotifyOnStateChangeImpl(grpc_connectivity_state last_observed, gpr_timespec deadline,
                                              grpc::CompletionQueue* queue, void* tag) {
  Forward::NotifyOnStateChange(current().get(), last_observed, deadline, queue, tag);
}

bool SwappingChannel::WaitForStateChangeImpl(grpc_connectivity_state last_observed, gpr_timespec deadline) {
  for (;;) {
    const std::shared_ptr<grpc::Channel> channel = current();
    const gpr_timespec in_a_second = gpr_time_add(gpr_now(GPR_CLOCK_REALTIME), gpr_time_from_seconds(1, GPR_TIMESPAN));
    const gpr_timespec slice = gpr_time_min(gpr_convert_clock_type(deadline, GPR_CLOCK_REALTIME), in_a_second);
    if (Forward::WaitForStateChange(channel.get(), last_observed, slice)) return true;
    if (GetState(/*try_to_connect=*/false) != last_observed) return true;
    if (gpr_time_cmp(gpr_convert_clock_type(deadline, GPR_CLOCK_REALTIME), gpr_now(GPR_CLOCK_REALTIME)) <= 0) {
      return false;
    }
  }
}

grpc::CompletionQueue* SwappingChannel::CallbackCQ() {
  if (!asked_for_callbacks_) {
    const MutexLock lock(mutex_);
    asked_for_callbacks_ = true;
    return Forward::CallbackCQ(current().get());
  }
  return Forward::CallbackCQ(current().get());
}

}  // namespace pinion
