#include "pinion/transport/open_channel.h"

#include <grpcpp/create_channel.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace pinion {

absl::StatusOr<OpenedChannel> ChannelOpener::Open(const std::string& target,
                                                  const std::shared_ptr<grpc::ChannelCredentials>& credentials,
                                                  grpc::ChannelArguments arguments) {
  arguments.SetInt(GRPC_ARG_ENABLE_CHANNELZ, 1);
  arguments.SetInt(GRPC_ARG_MAX_CHANNEL_TRACE_EVENT_MEMORY_PER_NODE, 0);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  OpenedChannel opened;
  opened.channel = grpc::CreateCustomChannel(target, credentials, arguments);
  opened.id = grpc::experimental::ChannelGetChannelzUuid(opened.channel.get());
  if (opened.id > 0) return opened;
  return absl::InternalError(absl::StrCat("gRPC's channelz does not show the channel to ", absl::CHexEscape(target),
                                          "; without it Pinion could not end its connections"));
}

void ResetBackoff(grpc::Channel* channel) { grpc::experimental::ChannelResetConnectionBackoff(channel); }

}  // namespace pinion
