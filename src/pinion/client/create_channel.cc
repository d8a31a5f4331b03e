#include "pinion/client/create_channel.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "pinion/client/channel_target.h"
#include "pinion/client/managed_channel.h"
#include "pinion/telemetry/event_queue.h"
#include "pinion/workload/trust_state.h"

namespace pinion {
namespace {

absl::StatusOr<std::shared_ptr<TrustState>> NewTrustState(const ChannelOptions& options) {
  TrustState::Settings settings;
  settings.publishes = false;  // each connection gets the identity of its day
  return MakeTrustState(options, options.server_roots, std::move(settings));
}

// What was read for an earlier channel of the same options, else a new one: many channels need one watcher and parse
// each change once.
absl::StatusOr<std::shared_ptr<TrustState>> TrustStateFor(const ChannelOptions& options) {
  if (!options.reload_from.has_value() || options.reload == nullptr) return NewTrustState(options);
  const std::unique_lock<std::mutex> opening = options.reload->LockOpening();
  auto read = std::dynamic_pointer_cast<TrustState>(options.reload->Attached());
  if (read != nullptr && read->IsFor(*options.reload_from, options.events.get())) {
    if (!read->IsObserved()) read->Reload();  // as if this channel read them first
    return read;
  }
  absl::StatusOr<std::shared_ptr<TrustState>> trust_state = NewTrustState(options);
  if (trust_state.ok()) options.reload->Keep(*trust_state);
  return trust_state;
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
  const absl::StatusOr<std::shared_ptr<TrustState>> trust_state = TrustStateFor(options);
  if (!trust_state.ok()) return trust_state.status();
  const absl::StatusOr<std::shared_ptr<ManagedChannel>> kept =
      ManagedChannel::Open(parsed->text, options, *trust_state, arguments);
  if (!kept.ok()) return kept.status();
  return std::shared_ptr<grpc::ChannelInterface>(*kept, (*kept)->channel());
}

}  // namespace pinion
