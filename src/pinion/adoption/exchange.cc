#include "pinion/adoption/exchange.h"

#include <algorithm>
#include <utility>

#include "absl/strings/string_view.h"
#include "pinion/adoption/exchange_state.h"
#include "pinion/base/mutex.h"
#include "pinion/base/steady_clock.h"
#include "pinion/x509/host_name.h"

namespace pinion {
namespace {

// The longest time that gRPC takes to use a connection after its handshake.
constexpr absl::Duration kConnecting = absl::Seconds(25);
// After this time, a new connection to a server that does not offer exchanges is tried again.
constexpr absl::Duration kAskAgain = absl::Hours(1);
constexpr absl::Duration kTryAgain = absl::Seconds(10);
// A server that never presents the certificate it names causes no more than this.
constexpr absl::Duration kRenewInterval = absl::Minutes(1);

// Sets the name of an accepted client; returns false if it is not accepted.
bool NameOf(const LivePeer& live, const ConnectionVerifier::LiveVerdict& verdict, PeerKey* key) {
  if (!verdict.accepted()) return false;
  key->is_listed = !verdict.peer.empty();
  const std::vector<std::string>& names = live.names.uris.empty() ? live.names.dns : live.names.uris;
  key->name = key->is_listed ? verdict.peer : names.empty() ? "" : names.front();
  return true;
}

}  // namespace

std::string SwitchedTo(const AdoptionOptions& options) {
  if (options.exchange != v1::ENABLED || options.census_file.empty()) return "";
  const absl::StatusOr<v1::CensusFile> file = ReadCensus(options.census_file);
  return file.ok() ? file->switched().key() : "";  // the exchange reports the error
}

Exchange::Exchange(const WorkloadOptions& options, std::shared_ptr<TrustState> trust_state)
    : trust_state_(std::move(trust_state)),
      state_(std::make_shared<State>(options, trust_state_)),
      streams_(std::make_shared<MessageStreams>(std::string(kMethod))) {
  state_->streams = streams_;
  trust_state_->AddObserver(this);
  OnChange({});
}

Exchange::~Exchange() {
  trust_state_->RemoveObserver(this);
  streams_->Post([state = state_] { state->Save().IgnoreError(); });
}

void Exchange::OnChange(const TrustState::Change& /*change*/) {
  streams_->Post([state = state_] { state->TakePosition(); });
}

std::shared_ptr<MessageStreams::Served> Exchange::Serve(grpc::ServerBuilder* builder,
                                                        std::shared_ptr<ConnectionVerifier> connection_verifier) {
  return streams_->Serve(builder, [state = state_, verifier = std::move(connection_verifier)](MessageStream* stream) {
    const std::shared_ptr<LivePeer> live = verifier->Recall(stream->Peer().leaf_pem, /*host=*/"");
    PeerKey key;
    const bool is_accepted = live != nullptr && NameOf(*live, verifier->JudgeLive(live.get()), &key);
    auto handler = std::make_unique<Handler>(state, stream, key, /*host=*/"");
    if (!is_accepted) {
      stream->End(absl::PermissionDeniedError("the client is not accepted"));
    } else if (!handler->TakeAddress()) {
      stream->End(absl::ResourceExhaustedError("the connection has an exchange already"));
    } else {
      handler->Say();
    }
    return handler;
  });
}

std::shared_ptr<Exchange::OfChannel> Exchange::ForChannel(std::function<void()> renew) {
  return std::make_shared<OfChannel>(state_, std::move(renew));
}

void Exchange::OfChannel::Start(const std::shared_ptr<grpc::Channel>& channel, const std::string& host) {
  StartOn(channel, host, kConnecting);
}

void Exchange::OfChannel::Follow(const std::shared_ptr<grpc::Channel>& channel, const std::string& host) {
  StartOn(channel, host, absl::InfiniteDuration());
}

void Exchange::OfChannel::StartOn(const std::shared_ptr<grpc::Channel>& channel, const std::string& host,
                                  absl::Duration patience) {
  const std::shared_ptr<MessageStreams> streams = state_->streams.lock();
  if (streams == nullptr) return;
  streams->Post([self = shared_from_this(), weak = std::weak_ptr<grpc::Channel>(channel), host, patience] {
    self->StopNow();
    self->channel_ = weak;
    self->host_ = host;
    self->patience_ = patience;
    self->Open();
  });
}

void Exchange::OfChannel::Open() {
  const std::shared_ptr<grpc::Channel> channel = channel_.lock();
  const std::shared_ptr<MessageStreams> streams = state_->streams.lock();
  if (channel == nullptr || streams == nullptr || SteadyNow() < not_before_) return;
  streams->Open(channel, patience_, [self = shared_from_this(), number = starts_](MessageStream* stream) {
    State& state = *self->state_;
    const absl::StatusOr<x509::HostName> parsed = x509::HostName::Parse(self->host_);
    const Peer* const peer = parsed.ok() ? state.position->snapshot->pin_set->FindByHost(*parsed) : nullptr;
    const PeerKey key = {Side::kClient, peer == nullptr ? self->host_ : peer->name, peer != nullptr};
    auto handler = std::make_unique<Handler>(self->state_, stream, key, self->host_);
    if (number != self->starts_) {  // stopped meanwhile
      stream->End(absl::CancelledError(""));
      return handler;
    }
    self->stream_ = stream;
    handler->set_channel(self);
    handler->Say();
    return handler;
  });
}

void Exchange::OfChannel::Stop() {
  if (const std::shared_ptr<MessageStreams> streams = state_->streams.lock(); streams != nullptr) {
    streams->Post([self = shared_from_this()] { self->StopNow(); });
  }
}

void Exchange::OfChannel::StopNow() {
  ++starts_;
  if (stream_ != nullptr) stream_->End(absl::CancelledError("the connection is no longer used"));
  stream_ = nullptr;
}

void Exchange::OfChannel::In(absl::Duration delay, std::function<void()> task) {
  const std::shared_ptr<MessageStreams> streams = state_->streams.lock();
  if (streams == nullptr) return;
  streams->PostIn(delay, [self = shared_from_this(), number = starts_, task = std::move(task)] {
    if (number == self->starts_) task();
  });
}

void Exchange::OfChannel::Renew() {
  if (renew_ == nullptr) return;
  In(std::max(renewed_at_ + kRenewInterval - SteadyNow(), absl::ZeroDuration()), [this] {
    renewed_at_ = SteadyNow();
    renew_();
  });
}

void Exchange::OfChannel::Ended(const MessageStream* stream, const absl::Status& status) {
  if (stream_ != stream) return;
  stream_ = nullptr;
  if (absl::IsUnimplemented(status)) {
    not_before_ = SteadyNow() + kAskAgain;
    if (patience_ == absl::InfiniteDuration()) In(kAskAgain, [this] { Open(); });
    return;
  }
  // The connection may be the same: the server may not have noticed yet that the exchange before has ended, or may have
  // many at the moment, or the channel was not connected for a moment.
  In(kTryAgain, [this] { Open(); });
}

void Exchange::AddTo(WorkloadStatus* status) const {
  const MutexLock lock(state_->mutex);
  if (!state_->known.candidate.empty()) status->adoption = state_->known;
  auto exchanges = state_->exchanges;
  for (ConnectionStatus& connection : status->connections) {
    const auto found = exchanges.find({connection.side, connection.address});
    if (found == exchanges.end() || found->second.count == 0 || connection.calls_in_flight == 0) continue;
    --found->second.count;
    --connection.calls_in_flight;
  }
}

}  // namespace pinion
