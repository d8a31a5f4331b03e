// Opens gRPC channels with known channelz ids.
#ifndef PINION_TRANSPORT_OPEN_CHANNEL_H_
#define PINION_TRANSPORT_OPEN_CHANNEL_H_

#include <grpcpp/channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "pinion/transport/opened_descriptors.h"

namespace pinion {

struct OpenedChannel {
  std::shared_ptr<grpc::Channel> channel;
  int64_t id = 0;  // for ChannelSockets
};

// Like grpc::CreateCustomChannel, but the channel does not share connections. Returns Internal if gRPC does not list
// the channel. Where this version of gRPC reports the descriptors that the channel opens, they are added to
// `descriptors`. Thread-safe.
absl::StatusOr<OpenedChannel> OpenChannel(const std::string& target,
                                          const std::shared_ptr<grpc::ChannelCredentials>& credentials,
                                          const grpc::ChannelArguments& arguments,
                                          std::shared_ptr<OpenedDescriptors> descriptors);

// Makes a channel that waits in backoff reconnect immediately.
void ResetBackoff(grpc::Channel* channel);

}  // namespace pinion

#endif  // PINION_TRANSPORT_OPEN_CHANNEL_H_
