#include "pinion/credentials/create_channel.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "pinion/credentials/channel_target.h"
#include "pinion/credentials/event_queue.h"
#include "pinion/credentials/kept_channel.h"
#include "pinion/credentials/material.h"

namespace pinion {
namespace {

absl::StatusOr<std::shared_ptr<Material>> NewMaterial(const ChannelOptions& options) {
  Material::Settings settings;
  settings.publishes = false;  // each connection gets the identity of its day
  return MakeMaterial(options, options.server_roots, std::move(settings));
}

// What was read for an earlier channel of the same options, else a new one: many channels need one watcher and parse
// each change once.
absl::StatusOr<std::shared_ptr<Material>> MaterialFor(const ChannelOptions& options) {
  if (!options.reload_from.has_value() || options.reload == nullptr) return NewMaterial(options);
  const std::unique_lock<std::mutex> opening = options.reload->LockOpening();
  auto read = std::dynamic_pointer_cast<Material>(options.reload->Attached());
  if (read != nullptr && read->IsFor(*options.reload_from, options.events.get())) {
    if (!read->IsFollowed()) read->Reload();  // as if this channel read them first
    return read;
  }
  absl::StatusOr<std::shared_ptr<Material>> material = NewMaterial(options);
  if (material.ok()) options.reload->Keep(*material);
  return material;
}

// Whether they say which host the servers are verified as, whatever the target.
bool NamesHost(const grpc::ChannelArguments& arguments) {
  const grpc_channel_args all = arguments.c_channel_args();
  return std::any_of(all.args, all.args + all.num_args, [](const grpc_arg& argument) {
    const absl::string_view key = argument.key;
    return key == GRPC_ARG_DEFAULT_AUTHORITY || key == GRPC_SSL_TARGET_NAME_OVERRIDE_ARG;
  });
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::ChannelInterface>> CreateChannel(const std::string& target,
                                                                      const ChannelOptions& given,
                                                                      const grpc::ChannelArguments& arguments) {
  const absl::StatusOr<ChannelTarget> parsed = ChannelTarget::Parse(target);
  if (!parsed.ok()) return parsed.status();
  if (parsed->is_list && !NamesHost(arguments)) {
    return absl::InvalidArgumentError(
        "a list of addresses names no host to verify; set GRPC_ARG_DEFAULT_AUTHORITY to the host in the pin set");
  }
  const ChannelOptions options = WithEventQueue(given);
  const absl::StatusOr<std::shared_ptr<Material>> material = MaterialFor(options);
  if (!material.ok()) return material.status();
  const absl::StatusOr<std::shared_ptr<KeptChannel>> kept =
      KeptChannel::Open(parsed->text, options, *material, arguments);
  if (!kept.ok()) return kept.status();
  return std::shared_ptr<grpc::ChannelInterface>(*kept, (*kept)->channel());
}

}  // namespace pinion
