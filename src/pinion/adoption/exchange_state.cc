#include "pinion/adoption/exchange_state.h"

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "pinion/adoption/report.h"
#include "pinion/base/steady_clock.h"
#include "pinion/json/timestamp.h"
#include "pinion/x509/certificate.h"
#include "pinion/x509/encoding/digest.h"

namespace pinion {
namespace {

constexpr absl::Duration kLookInterval = absl::Seconds(1);
// How often answers are checked that hold only until some time.
constexpr int kLooksPerReview = 30;
// gRPC 1.51 presents another certificate about 1 s after the change.
constexpr absl::Duration kUntilPresented = absl::Seconds(3);

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

Exchange::State::State(const WorkloadOptions& options, std::shared_ptr<TrustState> the_trust_state)
    : trust_state(std::move(the_trust_state)),
      clock(options.clock),
      events(options.events),
      process(RandomProcessId()),
      watch(options.events),
      census(options.adoption.window) {
  if (options.adoption.census_file.empty()) return;
  store.emplace(options.adoption.census_file);
  Load();
}

void Exchange::State::Load() {
  const absl::StatusOr<v1::CensusFile> file = store->Read();
  if (!file.ok() && !absl::IsNotFound(file.status())) {
    store.reset();  // the file is left as it is
    return Report(file.status());
  }
  const MutexLock lock(mutex);
  if (file.ok()) census.Add(*file, /*is_live=*/false);
}

void Exchange::State::Save() {
  if (!store.has_value()) return;
  v1::CensusFile file;
  {
    const MutexLock lock(mutex);
    census.WriteTo(position->candidate, &file);
    file.set_candidate(position->candidate_pin);
    file.set_candidate_sha256(position->candidate);
    if (known.candidate == position->candidate_pin && !known.candidate.empty()) {
      *file.mutable_offered() = json::ToTimestamp(known.offered_at);
    }
    for (const PeerAdoption& peer : known.peers) {
      if (peer.state != AdoptionState::kNeverSeen) continue;
      v1::CensusFile::Peer* const added = file.add_peers();
      added->set_side(ToProto(peer.side));
      added->set_name(peer.peer);
      added->set_listed(true);
      added->set_never_seen(true);
    }
  }
  const absl::Status written = store->Write(std::move(file), clock());
  Report(written);
  if (absl::IsAborted(written)) Load();  // what the other process knows is not lost
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
  const absl::Duration since_presented = SteadyNow() - (presented_since + kUntilPresented);
  const bool is_newly_presented = since_presented >= absl::ZeroDuration() && since_presented < 2 * kLookInterval;
  if (++looks % kLooksPerReview == 0 || is_newly_presented) SayToAll();
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

std::vector<CountedConnection> Exchange::State::Connections() const {
  std::vector<ConnectionTable::Connected> listed = trust_state->connections()->ListConnected();
  std::vector<CountedConnection> connections;
  const MutexLock lock(mutex);
  for (ConnectionTable::Connected& one : listed) {
    const bool has_exchange = exchanges.count({one.side, one.address}) > 0;
    const bool is_listed = !one.peer.empty();
    connections.push_back({{one.side, std::move(one.peer), is_listed}, std::move(one.address), has_exchange});
  }
  return connections;
}

int64_t Exchange::State::CountExchange(Side side, const std::string& address) {
  const MutexLock lock(mutex);
  return ++exchanges[{side, address}];
}

Exchange::Handler::Handler(std::shared_ptr<State> state, MessageStream* stream, PeerKey peer, const std::string& host)
    : state_(std::move(state)),
      stream_(stream),
      key_{std::move(peer), "", ++state_->streams_begun},
      conversation_(key_.peer.side == Side::kServer ? PeerRole::kClient : PeerRole::kServer, host) {
  state_->handlers.insert(this);
  state_->StartLooking();
}

bool Exchange::Handler::TakeAddress() {
  if (!address_.empty()) return true;
  address_ = stream_->Peer().address;
  return state_->CountExchange(key_.peer.side, address_) == 1;
}

void Exchange::Handler::Say() {
  const bool is_presented = SteadyNow() >= state_->presented_since + kUntilPresented;
  std::optional<std::string> said =
      conversation_.Say(state_->position, is_presented ? state_->position->presented : "", state_->clock());
  if (said.has_value()) stream_->Send(*std::move(said));
}

absl::Status Exchange::Handler::Note(const v1::Statement& statement) {
  const MutexLock lock(state_->mutex);
  if (key_.process.empty()) {
    StreamKey joined = key_;
    joined.process = statement.process();
    if (!state_->census.Joined(joined, state_->clock())) {
      return absl::ResourceExhaustedError("too many processes are known");
    }
    key_ = std::move(joined);
  }
  if (key_.process != statement.process()) return absl::InvalidArgumentError("the statement is another process's");
  state_->census.Heard(key_, statement, state_->clock());
  return absl::OkStatus();
}

void Exchange::Handler::OnMessage(const std::string& message) {
  if (absl::Status status = conversation_.Hear(message); !status.ok()) return stream_->End(status);
  const v1::Statement& statement = *conversation_.heard();
  if (absl::Status status = Note(statement); !status.ok()) return stream_->End(status);
  if (channel_ != nullptr) {
    TakeAddress();
    const bool is_outdated =
        !statement.presented_sha256().empty() && statement.presented_sha256() != DigestOfLeaf(stream_->Peer().leaf_pem);
    if (is_outdated && !std::exchange(renewed_, true)) channel_->Renew();
  }
  Say();
}

void Exchange::Handler::OnEnd(const absl::Status& status) {
  state_->handlers.erase(this);
  if (channel_ != nullptr) channel_->Ended(stream_, status);
  const MutexLock lock(state_->mutex);
  if (const auto counted = state_->exchanges.find({key_.peer.side, address_}); counted != state_->exchanges.end()) {
    if (--counted->second == 0) state_->exchanges.erase(counted);
  }
  if (!key_.process.empty()) state_->census.Left(key_, state_->clock());
}

}  // namespace pinion
