#include "pinion/transport/grpc/listed_channel.h"

#include <grpc/grpc.h>
#include <grpcpp/channel.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "pinion/transport/open_channel.h"

namespace pinion {

grpc::ChannelArguments Listed(grpc::ChannelArguments arguments) {
  arguments.SetInt(GRPC_ARG_ENABLE_CHANNELZ, 1);
  arguments.SetInt(GRPC_ARG_MAX_CHANNEL_TRACE_EVENT_MEMORY_PER_NODE, 0);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return arguments;
}

absl::Status NotListed(const std::string& target) {
  return absl::InternalError(absl::StrCat("gRPC's channelz does not show the channel to ", absl::CHexEscape(target),
                                          "; without it Pinion could not end its connections"));
}

void ResetBackoff(grpc::Channel* channel) { grpc::experimental::ChannelResetConnectionBackoff(channel); }

}  // namespace pinion
