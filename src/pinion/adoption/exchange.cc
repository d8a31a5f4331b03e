#include "pinion/adoption/exchange.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "pinion/adoption/adoption_watch.h"
#include "pinion/adoption/census.h"
#include "pinion/adoption/conversation.h"
#include "pinion/adoption/position.h"
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
constexpr absl::Duration kLookInterval = absl::Seconds(1);
// How often answers are checked that hold only until some time.
constexpr int kLooksPerReview = 30;
// gRPC 1.51 presents another certificate about 1 s after the change.
constexpr absl::Duration kUntilPresented = absl::Seconds(3);

// A server that never presents the certificate it names causes no more than this.
constexpr absl::Duration kRenewInterval = absl::Minutes(1);

// Empty if it cannot be parsed.
std::string DigestOfLeaf(absl::string_view pem) {
  const absl::StatusOr<std::vector<std::string>> ders = x509::DecodePem(pem);
  if (!ders.ok() || ders->empty()) return "";
  const absl::StatusOr<x509::Sha256Digest> digest = x509::Sha256(ders->front());
  return digest.ok() ? std::string(digest->begin(), digest->end()) : "";
}

std::string RandomProcessId() {
  absl::BitGen random;
  return absl::StrFormat("%016x%016x", absl::Uniform<uint64_t>(random), absl::Uniform<uint64_t>(random));
}

}  // namespace

// The functions are for the streams' thread, except for those that lock.
struct Exchange::State : std::enable_shared_from_this<State> {
  State(const WorkloadOptions& options, std::shared_ptr<TrustState> the_trust_state)
      : trust_state(std::move(the_trust_state)),
        clock(options.clock),
        watch(options.events),
        census(options.adoption.window) {}

  const std::shared_ptr<TrustState> trust_state;
  const std::function<absl::Time()> clock;
  const std::string process = RandomProcessId();
  std::weak_ptr<MessageStreams> streams;
  absl::flat_hash_set<Handler*> handlers;
  absl::flat_hash_set<std::string> addresses;  // of the clients that have an exchange
  std::shared_ptr<const Position> position;
  absl::Time presented_since = absl::InfinitePast();  // by the steady clock
  AdoptionWatch watch;
  bool is_looking = false;
  int looks = 0;

  mutable Mutex mutex;
  Census census ABSL_GUARDED_BY(mutex);
  AdoptionStatus known ABSL_GUARDED_BY(mutex);  // as of the last look

  void TakePosition();
  void SayToAll();
  // Looks again and again while there is something to look at.
  void StartLooking();
  void Look();
};

// One end of one stream.
class Exchange::Handler final : public MessageHandler {
 public:
  Handler(std::shared_ptr<State> state, MessageStream* stream, PeerKey peer, const std::string& host)
      : state_(std::move(state)),
        stream_(stream),
        peer_(std::move(peer)),
        conversation_(peer_.side == Side::kServer ? PeerRole::kClient : PeerRole::kServer, host) {
    state_->handlers.insert(this);
    state_->StartLooking();
  }

  void set_address(std::string address) { address_ = std::move(address); }
  // `received` is the digest of the leaf that the server presented on the channel's connection.
  void set_channel(std::shared_ptr<OfChannel> channel, const std::string& received) {
    channel_ = std::move(channel);
    received_ = received;
  }

  void Say() {
    const bool is_presented = SteadyNow() >= state_->presented_since + kUntilPresented;
    std::optional<std::string> said =
        conversation_.Say(state_->position, is_presented ? state_->position->presented : "", state_->clock());
    if (said.has_value()) stream_->Send(*std::move(said));
  }

  void OnMessage(const std::string& message) override {
    if (absl::Status status = conversation_.Hear(message); !status.ok()) return stream_->End(status);
    const v1::Statement& statement = *conversation_.heard();
    {
      const MutexLock lock(state_->mutex);
      if (process_.empty() && !state_->census.Joined(peer_, statement.process(), state_->clock())) {
        return stream_->End(absl::ResourceExhaustedError("too many processes are known"));
      }
      if (process_.empty()) process_ = statement.process();
      if (process_ != statement.process()) {
        return stream_->End(absl::InvalidArgumentError("the statement is another process's"));
      }
      state_->census.Heard(peer_, statement, state_->clock());
    }
    const bool is_outdated = !statement.presented_sha256().empty() && statement.presented_sha256() != received_;
    if (channel_ != nullptr && is_outdated && !std::exchange(renewed_, true)) channel_->Renew();
    Say();
  }

  void OnEnd(const absl::Status& status) override {
    state_->handlers.erase(this);
    if (!address_.empty()) state_->addresses.erase(address_);
    if (channel_ != nullptr) channel_->Ended(stream_, status);
    if (process_.empty()) return;
    const MutexLock lock(state_->mutex);
    state_->census.Left(peer_, process_, state_->clock());
  }

 private:
  const std::shared_ptr<State> state_;
  MessageStream* const stream_;
  const PeerKey peer_;
  Conversation conversation_;
  std::string address_;  // of a client that counts in State::addresses
  std::shared_ptr<OfChannel> channel_;
  std::string received_;
  std::string process_;  // the other side's; empty before its first statement
  bool renewed_ = false;
};

void Exchange::State::TakePosition() {
  const std::shared_ptr<const Snapshot> snapshot = trust_state->snapshot();
  if (position != nullptr && position->snapshot == snapshot) return;
  std::shared_ptr<const Position> next = PositionOf(snapshot, process);
  if (position == nullptr || position->presented != next->presented) presented_since = SteadyNow();
  position = std::move(next);
  SayToAll();
  StartLooking();
}

void Exchange::State::SayToAll() {
  for (Handler* handler : handlers) handler->Say();
}

void Exchange::State::StartLooking() {
  if (std::exchange(is_looking, true)) return;
  Look();
}

void Exchange::State::Look() {
  if (++looks % kLooksPerReview == 0) SayToAll();
  if (absl::Time since = presented_since + kUntilPresented; SteadyNow() >= since && SteadyNow() < since + 2 * kLookInterval) {
    SayToAll();
  }
  {
    AdoptionWatch::Seen seen = {position.get(), trust_state->connections()->CountByPeer(), clock()};
    const MutexLock lock(mutex);
    known = watch.Look(seen, census);
  }
  watch.Report();
  const std::shared_ptr<MessageStreams> running = streams.lock();
  is_looking = running != nullptr && (!handlers.empty() || !position->candidate_pin.empty());
  if (!is_looking) return;
  running->PostIn(kLookInterval, [weak = weak_from_this()] {
    if (const auto self = weak.lock(); self != nullptr) self->Look();
  });
}

Exchange::Exchange(const WorkloadOptions& options, std::shared_ptr<TrustState> trust_state)
    : trust_state_(std::move(trust_state)),
      state_(std::make_shared<State>(options, trust_state_)),
      streams_(std::make_shared<MessageStreams>(std::string(kMethod))) {
  state_->streams = streams_;
  streams_->Post([state = state_] { state->TakePosition(); });
  trust_state_->AddObserver(this);
  OnChange({});
}

Exchange::~Exchange() { trust_state_->RemoveObserver(this); }

void Exchange::OnChange(const TrustState::Change& /*change*/) {
  streams_->Post([state = state_] { state->TakePosition(); });
}

std::shared_ptr<MessageStreams::Served> Exchange::Serve(grpc::ServerBuilder* builder,
                                                        std::shared_ptr<ConnectionVerifier> connection_verifier) {
  return streams_->Serve(builder, [state = state_, verifier = std::move(connection_verifier)](
                                      MessageStream* stream, const StreamPeer& peer) {
    const std::shared_ptr<LivePeer> live = verifier->Recall(peer.leaf_pem, /*host=*/"");
    PeerKey key;
    bool is_accepted = false;
    if (live != nullptr) {
      const ConnectionVerifier::LiveVerdict verdict = verifier->JudgeLive(live.get());
      is_accepted = verdict.accepted();
      key.is_listed = !verdict.peer.empty();
      key.name = key.is_listed ? verdict.peer : live->names.uris.empty() ? live->names.dns.front() : live->names.uris.front();
    }
    auto handler = std::make_unique<Handler>(state, stream, key, /*host=*/"");
    if (!is_accepted) {
      stream->End(absl::PermissionDeniedError("the client is not accepted"));
    } else if (!state->addresses.insert(peer.address).second) {
      stream->End(absl::ResourceExhaustedError("the connection has an exchange already"));
    } else {
      handler->set_address(peer.address);
      handler->Say();
    }
    return handler;
  });
}

std::shared_ptr<Exchange::OfChannel> Exchange::ForChannel(std::function<void()> renew) {
  return std::make_shared<OfChannel>(state_, std::move(renew));
}

void Exchange::OfChannel::Start(const std::shared_ptr<grpc::Channel>& channel, const std::string& host,
                                const std::string& leaf_pem) {
  const std::shared_ptr<MessageStreams> streams = state_->streams.lock();
  if (streams == nullptr) return;
  streams->Post([self = shared_from_this(), weak = std::weak_ptr<grpc::Channel>(channel), host,
                 received = DigestOfLeaf(leaf_pem)] {
    self->StopNow();
    const std::shared_ptr<grpc::Channel> current = weak.lock();
    const std::shared_ptr<MessageStreams> running = self->state_->streams.lock();
    if (current == nullptr || running == nullptr || SteadyNow() < self->not_before_) return;
    running->Open(current, kConnecting, [self, host, received, number = self->starts_](MessageStream* stream) {
      State& state = *self->state_;
      const absl::StatusOr<x509::HostName> parsed = x509::HostName::Parse(host);
      const Peer* const peer = parsed.ok() ? state.position->snapshot->pin_set->FindByHost(*parsed) : nullptr;
      const PeerKey key = {Side::kClient, peer == nullptr ? host : peer->name, peer != nullptr};
      auto handler = std::make_unique<Handler>(self->state_, stream, key, host);
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
}

}  // namespace pinion
