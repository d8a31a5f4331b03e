// Opens gRPC channels with known channelz ids.
#ifndef PINION_TRANSPORT_OPEN_CHANNEL_H_
#define PINION_TRANSPORT_OPEN_CHANNEL_H_

#include <grpcpp/channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include <cstdint>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "pinion/base/mutex.h"

namespace pinion {

struct OpenedChannel {
  std::shared_ptr<grpc::Channel> channel;
  int64_t id = 0;  // for ChannelSockets
};

// Opens one channel at a time, since it determines the id of a channel by comparing channelz listings. Thread-safe.
class ChannelOpener {
 public:
  // Like grpc::CreateCustomChannel, but the channel does not share connections. Returns Internal if gRPC does not list
  // the channel.
  absl::StatusOr<OpenedChannel> Open(const std::string& target,
                                     const std::shared_ptr<grpc::ChannelCredentials>& credentials,
                                     grpc::ChannelArguments arguments);

 private:
  Mutex mutex_;
  int64_t newest_ ABSL_GUARDED_BY(mutex_) = 0;  // the id of the newest channel seen so far
};

// Makes a channel that waits in backoff reconnect immediately.
void ResetBackoff(grpc::Channel* channel);

}  // namespace pinion

#endif  // PINION_TRANSPORT_OPEN_CHANNEL_H_
