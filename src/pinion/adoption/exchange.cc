#include "pinion/adoption/exchange.h"

#include <algorithm>
#include <utility>

#include "absl/strings/string_view.h"
#include "pinion/adoption/exchange_state.h"
#include "pinion/base/mutex.h"
#include "pinion/base/steady_clock.h"
#include "pinion/x509/certificate.h"
#include "pinion/x509/encoding/digest.h"

namespace pinion {
namespace {

// The longest time that gRPC takes to use a connection after its handshake.
constexpr absl::Duration kConnecting = absl::Seconds(25);
// A server that does not offer exchanges is asked again after this time.
constexpr absl::Duration kAskAgain = absl::Hours(1);
// A server that never presents the certificate it names causes no more than this.
constexpr absl::Duration kRenewInterval = absl::Minutes(1);

// Empty if it cannot be parsed.
std::string DigestOfLeaf(absl::string_view pem) {
  const absl::StatusOr<std::vector<std::string>> ders = x509::DecodePem(pem);
  if (!ders.ok() || ders->empty()) return "";
  const absl::StatusOr<x509::Sha256Digest> digest = x509::Sha256(ders->front());
  return digest.ok() ? std::string(digest->begin(), digest->end()) : "";
}

}  // namespace

Exchange::Exchange(const WorkloadOptions& options, std::shared_ptr<TrustState> trust_state)
    : trust_state_(std::move(trust_state)),
      state_(std::make_shared<State>(options, trust_state_)),
      streams_(std::make_shared<MessageStreams>(std::string(kMethod))) {
  state_->streams = streams_;
  streams_->Post([state = state_] { state->TakePosition(); });
  trust_state_->AddObserver(this);
  OnChange({});
}

Exchange::~Exchange() {
  trust_state_->RemoveObserver(this);
  streams_->Post([state = state_] { state->Save(); });
}

void Exchange::OnChange(const TrustState::Change& /*change*/) {
  streams_->Post([state = state_] { state->TakePosition(); });
}

std::shared_ptr<MessageStreams::Served> Exchange::Serve(grpc::ServerBuilder* builder,
                                                        std::shared_ptr<ConnectionVerifier> connection_verifier) {
  return streams_->Serve(builder, [state = state_, verifier = std::move(connection_verifier)](MessageStream* stream,
                                                                                              const StreamPeer& peer) {
    const std::shared_ptr<LivePeer> live = verifier->Recall(peer.leaf_pem, /*host=*/"");
    PeerKey key;
    bool is_accepted = false;
    if (live != nullptr) {
      const ConnectionVerifier::LiveVerdict verdict = verifier->JudgeLive(live.get());
      is_accepted = verdict.accepted();
      key.is_listed = !verdict.peer.empty();
      key.name = key.is_listed              ? verdict.peer
                 : live->names.uris.empty() ? live->names.dns.front()
                                            : live->names.uris.front();
    }
    auto handler = std::make_unique<Handler>(state, stream, key, /*host=*/"", peer.address);
    if (!is_accepted) {
      stream->End(absl::PermissionDeniedError("the client is not accepted"));
    } else if (!handler->is_first()) {
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

void Exchange::OfChannel::Start(const std::shared_ptr<grpc::Channel>& channel, const std::string& host,
                                const LiveSocket& connection) {
  const std::shared_ptr<MessageStreams> streams = state_->streams.lock();
  if (streams == nullptr) return;
  streams->Post([self = shared_from_this(), weak = std::weak_ptr<grpc::Channel>(channel), host,

                 address = connection.endpoints.second, received = DigestOfLeaf(connection.leaf_pem)] {
    self->StopNow();
    const std::shared_ptr<grpc::Channel> current = weak.lock();
    const std::shared_ptr<MessageStreams> running = self->state_->streams.lock();
    if (current == nullptr || running == nullptr || SteadyNow() < self->not_before_) return;
    running->Open(current, kConnecting, [self, host, address, received, number = self->starts_](MessageStream* stream) {
      State& state = *self->state_;
      const absl::StatusOr<x509::HostName> parsed = x509::HostName::Parse(host);
      const Peer* const peer = parsed.ok() ? state.position->snapshot->pin_set->FindByHost(*parsed) : nullptr;
      const PeerKey key = {Side::kClient, peer == nullptr ? host : peer->name, peer != nullptr};
      auto handler = std::make_unique<Handler>(self->state_, stream, key, host, address);
      if (number != self->starts_) {  // stopped meanwhile
        stream->End(absl::CancelledError(""));
        return handler;
      }
      self->stream_ = stream;
      handler->set_channel(self, received);
      handler->Say();
      return handler;
    });
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

void Exchange::OfChannel::Renew() {
  const absl::Time now = SteadyNow();
  const absl::Duration delay = std::max(renewed_at_ + kRenewInterval - now, absl::ZeroDuration());
  renewed_at_ = now + delay;
  const std::shared_ptr<MessageStreams> streams = state_->streams.lock();
  if (streams == nullptr) return;
  streams->PostIn(delay, [self = shared_from_this(), number = starts_] {
    if (number == self->starts_) self->renew_();
  });
}

void Exchange::OfChannel::Ended(const MessageStream* stream, const absl::Status& status) {
  if (stream_ == stream) stream_ = nullptr;
  if (absl::IsUnimplemented(status) || absl::IsPermissionDenied(status)) not_before_ = SteadyNow() + kAskAgain;
}

void Exchange::AddTo(WorkloadStatus* status) const {
  const MutexLock lock(state_->mutex);
  if (!state_->known.candidate.empty()) status->adoption = state_->known;
  auto exchanges = state_->exchanges;
  for (ConnectionStatus& connection : status->connections) {
    const auto found = exchanges.find({connection.side, connection.address});
    if (found == exchanges.end() || found->second == 0 || connection.calls_in_flight == 0) continue;
    --found->second;
    --connection.calls_in_flight;
  }
}

}  // namespace pinion
