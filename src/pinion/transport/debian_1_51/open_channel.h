// A gRPC channel whose connections can be asked about.
#ifndef PINION_TRANSPORT_DEBIAN_1_51_OPEN_CHANNEL_H_
#define PINION_TRANSPORT_DEBIAN_1_51_OPEN_CHANNEL_H_

#include <grpcpp/channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace pinion {

struct OpenedChannel {
  std::shared_ptr<grpc::Channel> channel;
  int64_t id = 0;  // for ChannelSockets
};

// As grpc::CreateCustomChannel, with connections of its own. May be called from any thread. Internal when gRPC does not
// list the channel.
absl::StatusOr<OpenedChannel> OpenChannel(const std::string& target,
                                          const std::shared_ptr<grpc::ChannelCredentials>& credentials,
                                          grpc::ChannelArguments arguments);

}  // namespace pinion

#endif  // PINION_TRANSPORT_DEBIAN_1_51_OPEN_CHANNEL_H_
