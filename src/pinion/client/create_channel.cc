#include "pinion/client/create_channel.h"

#include <algorithm>

#include "absl/strings/string_view.h"
#include "pinion/client/channel_target.h"
#include "pinion/client/managed_channel.h"

namespace pinion {
namespace {

// Whether the arguments set the host that servers are verified as, regardless of the target.
bool NamesHost(const grpc::ChannelArguments& arguments) {
  const grpc_channel_args all = arguments.c_channel_args();
  return std::any_of(all.args, all.args + all.num_args, [](const grpc_arg& argument) {
    const absl::string_view key = argument.key;
    return key == GRPC_ARG_DEFAULT_AUTHORITY || key == GRPC_SSL_TARGET_NAME_OVERRIDE_ARG;
  });
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::ChannelInterface>> CreateChannel(const WorkloadParts& parts,
                                                                      const std::string& target,
                                                                      const grpc::ChannelArguments& arguments) {
  const absl::StatusOr<ChannelTarget> parsed = ChannelTarget::Parse(target);
  if (!parsed.ok()) return parsed.status();
  if (parsed->is_list && !NamesHost(arguments)) {
    return absl::InvalidArgumentError(
        "a list of addresses names no host to verify; set GRPC_ARG_DEFAULT_AUTHORITY to the host in the pin set");
  }
  const absl::StatusOr<std::shared_ptr<ManagedChannel>> managed = ManagedChannel::Open(parsed->text, parts, arguments);
  if (!managed.ok()) return managed.status();
  return std::shared_ptr<grpc::ChannelInterface>(*managed, (*managed)->channel());
}

}  // namespace pinion
