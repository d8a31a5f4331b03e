#include "pinion/adoption/exchange_state.h"

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "pinion/base/steady_clock.h"

namespace pinion {
namespace {

constexpr absl::Duration kLookInterval = absl::Seconds(1);
// How often answers are checked that hold only until some time.
constexpr int kLooksPerReview = 30;
// gRPC 1.51 presents another certificate about 1 s after the change.
constexpr absl::Duration kUntilPresented = absl::Seconds(3);

std::string RandomProcessId() {
  absl::BitGen random;
  return absl::StrFormat("%016x%016x", absl::Uniform<uint64_t>(random), absl::Uniform<uint64_t>(random));
}

}  // namespace

Exchange::State::State(const WorkloadOptions& options, std::shared_ptr<TrustState> the_trust_state)
    : trust_state(std::move(the_trust_state)),
      clock(options.clock),
      events(options.events),
      process(RandomProcessId()),
      watch(options.events),
      census(options.adoption.window) {
  if (!options.adoption.census_file.empty()) Load(options.adoption.census_file);
}

void Exchange::State::Load(const std::string& path) {
  const absl::StatusOr<v1::CensusFile> file = ReadCensus(path);
  if (!file.ok() && !absl::IsNotFound(file.status())) return Report(file.status());
  store.emplace(path);
  const MutexLock lock(mutex);
  if (file.ok()) census.Add(*file, /*is_live=*/false);
}

void Exchange::State::Save() {
  if (!store.has_value()) return;
  v1::CensusFile file;
  {
    const MutexLock lock(mutex);
    census.WriteTo(&file);
    file.set_candidate(known.candidate);
    file.set_candidate_sha256(position->candidate);
    if (!known.candidate.empty()) file.mutable_offered()->set_seconds(absl::ToUnixSeconds(known.offered_at));
    for (const PeerAdoption& peer : known.peers) {
      if (peer.state != AdoptionState::kNeverSeen) continue;
      v1::CensusFile::Peer* const added = file.add_peers();
      added->set_side(peer.side == Side::kServer ? v1::SERVES : v1::CALLS);
      added->set_name(peer.peer);
      added->set_listed(true);
      added->set_never_seen(true);
    }
  }
  Report(store->Write(std::move(file), clock()));
}

void Exchange::State::Report(const absl::Status& error) {
  if (error == stored) return;
  stored = error;
  if (events != nullptr) events->OnReload({clock(), "census_file", 0, std::string(error.message()), ""});
}

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
  if (absl::Time since = presented_since + kUntilPresented;
      SteadyNow() >= since && SteadyNow() < since + 2 * kLookInterval) {
    SayToAll();
  }
  {
    const AdoptionWatch::Seen seen = {position.get(), Connections(), clock()};
    const MutexLock lock(mutex);
    known = watch.Look(seen, &census);
  }
  watch.Report();
  if (store.has_value() && store->IsDue()) Save();
  const std::shared_ptr<MessageStreams> running = streams.lock();
  is_looking = running != nullptr && (!handlers.empty() || !position->candidate_pin.empty());
  if (!is_looking) return;
  running->PostIn(kLookInterval, [weak = weak_from_this()] {
    if (const auto self = weak.lock(); self != nullptr) self->Look();
  });
}

std::map<PeerKey, int64_t> Exchange::State::Connections() const {
  std::map<PeerKey, int64_t> connections;
  for (const auto& [peer, count] : trust_state->connections()->CountByPeer()) {
    connections[{peer.first, peer.second, !peer.second.empty()}] = count;
  }
  return connections;
}

Exchange::Handler::Handler(std::shared_ptr<State> state, MessageStream* stream, PeerKey peer, const std::string& host,
                           std::string address)
    : state_(std::move(state)),
      stream_(stream),
      peer_(std::move(peer)),
      address_(std::move(address)),
      conversation_(peer_.side == Side::kServer ? PeerRole::kClient : PeerRole::kServer, host) {
  {
    const MutexLock lock(state_->mutex);
    is_first_ = ++state_->exchanges[{peer_.side, address_}] == 1;
  }
  state_->handlers.insert(this);
  state_->StartLooking();
}

void Exchange::Handler::set_channel(std::shared_ptr<OfChannel> channel, const std::string& received) {
  channel_ = std::move(channel);
  received_ = received;
}

void Exchange::Handler::Say() {
  const bool is_presented = SteadyNow() >= state_->presented_since + kUntilPresented;
  std::optional<std::string> said =
      conversation_.Say(state_->position, is_presented ? state_->position->presented : "", state_->clock());
  if (said.has_value()) stream_->Send(*std::move(said));
}

void Exchange::Handler::OnMessage(const std::string& message) {
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

void Exchange::Handler::OnEnd(const absl::Status& status) {
  state_->handlers.erase(this);
  if (channel_ != nullptr) channel_->Ended(stream_, status);
  const MutexLock lock(state_->mutex);
  const auto counted = state_->exchanges.find({peer_.side, address_});
  if (--counted->second == 0) state_->exchanges.erase(counted);
  if (!process_.empty()) state_->census.Left(peer_, process_, state_->clock());
}

}  // namespace pinion
