// What opening a channel that channelz lists has in common in all versions of gRPC. Private to transport/.
#ifndef PINION_TRANSPORT_GRPC_LISTED_CHANNEL_H_
#define PINION_TRANSPORT_GRPC_LISTED_CHANNEL_H_

#include <grpcpp/support/channel_arguments.h>

#include <string>

#include "absl/status/status.h"

namespace pinion {

// Adds what lists the channel and its connections in channelz, and keeps other channels from sharing them.
grpc::ChannelArguments Listed(grpc::ChannelArguments arguments);

// The error for a channel that channelz does not list.
absl::Status NotListed(const std::string& target);

}  // namespace pinion

#endif  // PINION_TRANSPORT_GRPC_LISTED_CHANNEL_H_
