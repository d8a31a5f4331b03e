#include "pinion/client/managed_channel.h"

#include <algorithm>
#include <utility>

#include "pinion/base/mutex.h"
#include "pinion/base/steady_clock.h"
#include "pinion/transport/tls_credentials.h"

namespace pinion {
namespace {

constexpr int kFirstBackoffMs = 200;
constexpr int kMaxBackoffMs = 1500;
// gRPC retries a call that a server did not process because its connection was closed, as long as the sent bytes of the
// call are still buffered. The buffer only retains bytes that the call itself has in memory. With gRPC's default of 256
// kB, calls with larger messages would be lost.
constexpr int kRetryBufferBytes = 64 << 20;
// The time until gRPC has noticed a refusal.
constexpr absl::Duration kLookAfterRefusal = absl::Milliseconds(5);
// The longest time that gRPC takes to connect or to give up, and the interval of the checks meanwhile.
constexpr absl::Duration kConnecting = absl::Seconds(25);
constexpr absl::Duration kLookAtLeaving = absl::Milliseconds(50);
// The retry interval after a channel could not be opened.
constexpr absl::Duration kTryAgain = absl::Seconds(1);

bool Has(const grpc::ChannelArguments& arguments, absl::string_view key) {
  const grpc_channel_args all = arguments.c_channel_args();
  return std::any_of(all.args, all.args + all.num_args,
                     [key](const grpc_arg& argument) { return argument.key == key; });
}

grpc::ChannelArguments WithDefaults(grpc::ChannelArguments arguments) {
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  for (const auto& [key, value] : {std::pair{GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kFirstBackoffMs},
                                   std::pair{GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kMaxBackoffMs},
                                   std::pair{GRPC_ARG_PER_RPC_RETRY_BUFFER_SIZE, kRetryBufferBytes}}) {
    if (!Has(arguments, key)) arguments.SetInt(key, value);
  }
  return arguments;
}

}  // namespace

ManagedChannel::ManagedChannel(std::string target, const WorkloadParts& parts, const grpc::ChannelArguments& arguments)
    : target_(std::move(target)),
      arguments_(WithDefaults(arguments)),
      drain_window_(parts.options.drain_window),
      trust_state_(parts.trust_state),
      clock_(parts.options.clock),
      exchange_(parts.exchange),
      shared_(parts.channels) {}

std::function<void()> ManagedChannel::Renewal(const std::weak_ptr<ManagedChannel>& weak) {
  return [weak] {
    const std::shared_ptr<ManagedChannel> self = weak.lock();
    if (self == nullptr) return;
    const MutexLock lock(self->mutex_);
    self->SwapSoon();
  };
}

ConnectionVerifier::Settings ManagedChannel::HowToJudge(const WorkloadParts& parts) const {
  ConnectionVerifier::Settings settings = {PeerRole::kServer, parts.options.events, parts.last_refusals,
                                           parts.options.clock};
  settings.judged = [expected = expected_, wakeup = wakeup_](absl::string_view host, absl::string_view /*leaf_pem*/,
                                                             bool accepted) {
    wakeup->At(accepted ? expected->Expect(host) : SteadyNow() + kLookAfterRefusal);
    return std::string();
  };
  settings.seen = trust_state_->seen();
  settings.shadow = [trust_state = trust_state_] { return trust_state->snapshot()->shadow_server_verifier; };
  settings.recorder = parts.recorder;
  return settings;
}

absl::StatusOr<std::shared_ptr<ManagedChannel>> ManagedChannel::Open(const std::string& target,
                                                                     const WorkloadParts& parts,
                                                                     const grpc::ChannelArguments& arguments) {
  const std::shared_ptr<ManagedChannel> managed(new ManagedChannel(target, parts, arguments));
  // gRPC may keep the verifier, and call the wakeup, after the channel is destroyed.
  const std::weak_ptr<ManagedChannel> weak = managed;
  managed->wakeup_ = Wakeup::Create([weak] {
    const std::shared_ptr<ManagedChannel> self = weak.lock();
    if (self == nullptr) return;
    {
      const MutexLock lock(self->mutex_);
      self->Review();
    }
    self->trust_state_->connections()->Report();
  });
  if (managed->exchange_ != nullptr) managed->of_channel_ = managed->exchange_->ForChannel(Renewal(weak));
  managed->connection_verifier_ = std::make_shared<ConnectionVerifier>(
      [trust_state = managed->trust_state_] { return trust_state->snapshot()->server_verifier; },
      managed->HowToJudge(parts));
  managed->connections_ = managed->trust_state_->connections()->Add(
      {Side::kClient, managed->connection_verifier_,
       [shared = managed->shared_, descriptors = managed->descriptors_](const EndpointsById& sockets) {
         return shared->closer.Close(sockets, *descriptors);
       },
       IsLiveSocket});
  {
    const MutexLock lock(managed->mutex_);
    absl::StatusOr<std::shared_ptr<grpc::Channel>> channel = managed->OpenAnother();
    if (!channel.ok()) return channel.status();
    managed->channel_ = std::make_unique<SwappingChannel>(*std::move(channel));
  }
  managed->trust_state_->AddObserver(managed.get());
  managed->LookAgain();  // applies changes since it was opened
  return managed;
}

ManagedChannel::~ManagedChannel() {
  trust_state_->RemoveObserver(this);
  wakeup_->Stop();
  if (of_channel_ != nullptr) of_channel_->Stop();
}

absl::StatusOr<std::shared_ptr<grpc::Channel>> ManagedChannel::OpenAnother() {
  TrustState::Own own;
  const auto provider = trust_state_->ProviderForOneChannel(&own);
  if (!provider.ok()) return provider.status();
  absl::StatusOr<OpenedChannel> opened =
      OpenChannel(target_, MakeTlsChannelCredentials(*provider, connection_verifier_), arguments_, descriptors_);
  if (!opened.ok()) return opened.status();
  opened_with_ = std::move(own);
  opened_.push_back({opened->id, opened->channel});
  return std::move(opened->channel);
}

void ManagedChannel::OnSnapshot(const TrustState::Change& change) {
  if (!change.pin_set || !expected_->any()) return;
  const MutexLock lock(mutex_);
  FindConnections();  // so that the table has those of the last handshakes
}

void ManagedChannel::OnChange(const TrustState::Change& change) {
  if (change.identity || change.server_roots || change.pin_set) LookAgain();
}

void ManagedChannel::LookAgain() {
  {
    const MutexLock lock(mutex_);
    // A connection that is open is worth more than a new identity while the pin set lets no other one be made.
    const bool has_expired = clock_() >= trust_state_->snapshot()->pin_set->expires();
    if (!has_expired && trust_state_->own() != opened_with_) swap_at_ = absl::InfinitePast();
    Review();
    for (const Opened& opened : opened_) {
      if (const auto channel = opened.channel.lock(); channel != nullptr) {
        ResetBackoff(channel.get());
      }
    }
  }
  trust_state_->connections()->Report();
}

void ManagedChannel::FindConnections() {
  int found = 0;
  std::vector<int64_t> current;
  for (const Opened& opened : opened_) {
    for (const int64_t id : ChannelSockets(opened.id)) {
      current.push_back(id);
      if (connections_->Knows(id)) continue;
      std::optional<LiveSocket> socket = FindLiveSocket(id);
      if (!socket.has_value()) continue;
      has_found_ = true;
      connections_->Add(*std::move(socket), expected_->host());
      ++found;
    }
  }
  std::sort(current.begin(), current.end());
  connections_->Forget(current);
  if (const absl::Time again = expected_->Found(found); again < absl::InfiniteFuture()) wakeup_->At(again);
}

void ManagedChannel::Review() {
  FindConnections();
  const OwnedConnections::Outcome outcome = connections_->Judge();
  if (std::exchange(has_found_, false) && of_channel_ != nullptr) {
    of_channel_->Start(channel_->current(), expected_->host());
  }
  const absl::Time now = SteadyNow();
  if (outcome.drain) SwapSoon();
  if (now >= swap_at_) Swap();
  ReleaseLeaving(now);
  shared_->poller.Help(channel_->current());
  if (swap_at_ < absl::InfiniteFuture()) wakeup_->At(swap_at_);
  if (outcome.next < absl::InfiniteDuration()) wakeup_->At(now + outcome.next);
}

void ManagedChannel::SwapSoon() {
  if (swap_at_ < absl::InfiniteFuture()) return;
  // Many clients receive a change at the same time; a random delay spreads their reconnects.
  swap_at_ = SteadyNow() + drain_window_ * absl::Uniform(random_, 0.0, 1.0 / 3);
  wakeup_->At(swap_at_);
}

void ManagedChannel::ReleaseLeaving(absl::Time now) {
  const auto is_done = [now](const Leaving& leaving) {
    const grpc_connectivity_state state = leaving.channel->GetState(/*try_to_connect=*/false);
    return (state != GRPC_CHANNEL_CONNECTING && state != GRPC_CHANNEL_IDLE) || now >= leaving.until;
  };
  leaving_.erase(std::remove_if(leaving_.begin(), leaving_.end(), is_done), leaving_.end());
  for (const Leaving& leaving : leaving_) shared_->poller.Help(leaving.channel);
  if (!leaving_.empty()) wakeup_->At(now + kLookAtLeaving);
}

void ManagedChannel::Swap() {
  const absl::StatusOr<std::shared_ptr<grpc::Channel>> fresh = OpenAnother();
  swap_at_ = fresh.ok() ? absl::InfiniteFuture() : SteadyNow() + kTryAgain;
  if (!fresh.ok()) return;
  if (of_channel_ != nullptr) of_channel_->Stop();
  (*fresh)->GetState(/*try_to_connect=*/true);
  leaving_.push_back({channel_->current(), SteadyNow() + kConnecting});
  channel_->Swap(*fresh);
  opened_.erase(
      std::remove_if(opened_.begin(), opened_.end(), [](const Opened& opened) { return opened.channel.expired(); }),
      opened_.end());
}

}  // namespace pinion
