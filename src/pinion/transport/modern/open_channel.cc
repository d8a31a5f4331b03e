#include "pinion/transport/open_channel.h"

#include <grpcpp/create_channel.h>

#include "pinion/transport/grpc/listed_channel.h"

namespace pinion {

absl::StatusOr<OpenedChannel> OpenChannel(const std::string& target,
                                          const std::shared_ptr<grpc::ChannelCredentials>& credentials,
                                          const grpc::ChannelArguments& arguments,
                                          std::shared_ptr<OpenedDescriptors> /*descriptors*/) {
  OpenedChannel opened;
  opened.channel = grpc::CreateCustomChannel(target, credentials, Listed(arguments));
  opened.id = grpc::experimental::ChannelGetChannelzUuid(opened.channel.get());
  if (opened.id > 0) return opened;
  return NotListed(target);
}

}  // namespace pinion
