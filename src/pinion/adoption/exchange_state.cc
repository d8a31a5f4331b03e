#include "pinion/adoption/exchange_state.h"

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "pinion/base/steady_clock.h"
#include "pinion/census/merged_census.h"
#include "pinion/census/report.h"
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
      watch(options.adoption.exclude),
      gate(options),
      settings(options.adoption),
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
  if (!file.ok()) return;
  census.Add(*file, /*is_live=*/false);
  const bool is_start = position == nullptr;  // later, another process has written the file
  if (is_start && file->has_switched()) gate.Restore(file->switched(), SteadyNow());
}

absl::Status Exchange::State::Save() {
  if (!store.has_value()) return absl::FailedPreconditionError("there is no census file to record it in");
  v1::CensusFile file;
  {
    const MutexLock lock(mutex);
    census.WriteTo(position->candidate, &file);
    file.set_candidate(position->candidate_pin);
    file.set_candidate_sha256(position->candidate);
    file.set_presented(position->snapshot->identity->SpkiPin());
    if (gate.switched().has_value()) *file.mutable_switched() = *gate.switched();
    for (const AdoptionExclusion& exclusion : watch.Exclusions(clock())) {
      v1::CensusFile::Exclusion* const added = file.add_exclusions();
      added->set_peer(exclusion.peer);
      *added->mutable_until() = json::ToTimestamp(exclusion.until);
    }
    if (known.candidate == position->candidate_pin && !known.candidate.empty()) {
      *file.mutable_offered() = json::ToTimestamp(known.offered_at);
    }
    for (const PeerAdoption& peer : known.peers) {
      if (peer.state != AdoptionState::kNeverSeen) continue;
      v1::CensusFile::Peer* const added = file.add_peers();
      SetKey({peer.side, peer.peer, peer.is_listed}, added);
      added->set_never_seen(true);
    }
  }
  const absl::Status written = store->Write(std::move(file), clock());
  Report(written);
  if (absl::IsAborted(written)) Load();  // what the other process knows is not lost
  return written;
}

void Exchange::State::Report(const absl::Status& error) {
  if (error == stored) return;
  stored = error;
  if (events != nullptr) events->OnReload({clock(), "census_file", 0, std::string(error.message()), ""});
}

void Exchange::State::TakePosition() {
  const std::shared_ptr<const Snapshot> snapshot = trust_state->snapshot();
  if (position != nullptr && position->snapshot == snapshot) return;
  std::shared_ptr<const Position> next = PositionOf(snapshot, process, settings.attests);
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
  TakePosition();
  const absl::Duration since_presented = SteadyNow() - (presented_since + kUntilPresented);
  const bool is_newly_presented = since_presented >= absl::ZeroDuration() && since_presented < 2 * kLookInterval;
  if (++looks % kLooksPerReview == 0 || is_newly_presented) SayToAll();
  const absl::Time now = clock();
  Gate::Action action = Gate::Action::kNone;
  {
    const AdoptionWatch::Seen seen = {position.get(), Connections(), now};
    const MutexLock lock(mutex);
    known = watch.Look(seen, &census);
    action = gate.Look({position.get(), &census, now, SteadyNow()}, &known, &news);
    watch.Note(known, now, &news);
  }
  if (action != Gate::Action::kNone) Act(action, now);
  for (const AdoptionEvent& event : std::exchange(news, {})) {
    if (events != nullptr) events->OnAdoption(event);
  }
  if (store.has_value() && store->IsDue()) Save().IgnoreError();  // it is reported
  const std::shared_ptr<MessageStreams> running = streams.lock();
  // A census file says that its process runs.
  const bool is_of_use = !handlers.empty() || !position->candidate_pin.empty() || store.has_value();
  is_looking = running != nullptr && is_of_use;
  if (!is_looking) return;
  running->PostIn(kLookInterval, [weak = weak_from_this()] {
    if (const auto self = weak.lock(); self != nullptr) self->Look();
  });
}

void Exchange::State::Act(Gate::Action action, absl::Time now) {
  if (action != Gate::Action::kSwitch) {
    if (action == Gate::Action::kWentBack) trust_state->SwitchTo("");
    return Save().IgnoreError();  // it is reported, and tried again
  }
  AdoptionStatus status;
  {
    const MutexLock lock(mutex);
    status = known;
  }
  const std::string text = gate.SwitchText(status);
  const absl::Status switched = SwitchToNext({position.get(), &census, now, SteadyNow()}, status);
  if (switched.ok()) return news.push_back({now, status.candidate, status.blocking, text});
  gate.Hold(std::string(switched.message()), SteadyNow());
  Save().IgnoreError();
}

absl::Status Exchange::State::CheckReplicas(const std::string& candidate) const {
  if (settings.replica_census_files.empty()) return absl::OkStatus();
  std::vector<std::string> files = settings.replica_census_files;
  files.push_back(settings.census_file);
  return CheckAdoption(files, candidate, clock());
}

absl::Status Exchange::State::SwitchToNext(const Gate::Seen& seen, const AdoptionStatus& status) {
  if (absl::Status replicas = CheckReplicas(status.candidate); !replicas.ok() && !gate.IsUrgent()) return replicas;
  if (absl::Status fit = trust_state->CheckNextIdentity(); !fit.ok()) return fit;
  {
    const MutexLock lock(mutex);
    gate.Switch(seen, status, streams_begun);
  }
  // A process that starts again must not go back to the key before.
  if (absl::Status recorded = Save(); !recorded.ok() && !gate.IsUrgent()) return recorded;
  trust_state->SwitchTo(status.candidate);
  if (trust_state->snapshot()->identity->SpkiPin() == status.candidate) {
    TakePosition();
    return absl::OkStatus();
  }
  trust_state->SwitchTo("");
  return absl::UnavailableError("the identity could not be changed; see the status of identity");
}

std::vector<CountedConnection> Exchange::State::Connections() const {
  std::vector<ConnectionTable::Connected> listed = trust_state->connections()->ListConnected();
  std::vector<CountedConnection> connections;
  const MutexLock lock(mutex);
  for (ConnectionTable::Connected& one : listed) {
    const auto exchange = exchanges.find({one.side, one.address});
    const bool has_exchange = exchange != exchanges.end() && exchange->second.has_spoken;
    const bool is_listed = !one.peer.empty();
    connections.push_back({{one.side, std::move(one.peer), is_listed}, std::move(one.address), has_exchange});
  }
  return connections;
}

int64_t Exchange::State::CountExchange(Side side, const std::string& address) {
  const MutexLock lock(mutex);
  return ++exchanges[{side, address}].count;
}

Exchange::Handler::Handler(std::shared_ptr<State> state, MessageStream* stream, PeerKey peer, const std::string& host)
    : state_(std::move(state)),
      stream_(stream),
      key_{std::move(peer), "", ++state_->streams_begun, ""},
      conversation_(key_.peer.side == Side::kServer ? PeerRole::kClient : PeerRole::kServer, host, state_->judgements) {
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
  for (const Conversation::Answered& answered : conversation_.answered()) {
    state_->answer_reports.Note(key_.peer, conversation_.host(), answered, state_->clock(), &state_->news);
  }
}

absl::Status Exchange::Handler::Note(const v1::Statement& statement) {
  const MutexLock lock(state_->mutex);
  if (key_.process.empty()) {
    StreamKey joined = key_;
    joined.process = statement.process();
    joined.address = address_;
    joined.peer.attests = key_.peer.side == Side::kServer && statement.attested();
    if (!state_->census.Joined(joined, state_->clock())) {
      return absl::ResourceExhaustedError("too many processes are known");
    }
    key_ = std::move(joined);
    state_->exchanges[{key_.peer.side, address_}].has_spoken = true;
  }
  if (key_.process != statement.process() || (key_.peer.attests && !statement.attested())) {
    return absl::InvalidArgumentError("the statement is another process's");
  }
  state_->census.Heard(key_, statement, state_->clock());
  return absl::OkStatus();
}

void Exchange::Handler::OnMessage(const std::string& message) {
  if (absl::Status status = conversation_.Hear(message); !status.ok()) return stream_->End(status);
  const v1::Statement& statement = *conversation_.heard();
  const v1::PinSetInEffect& own = state_->position->statement.pin_set();
  std::string difference = state_->witness.Look(own, key_.peer, statement.pin_set());
  if (!difference.empty()) state_->news.push_back({state_->clock(), "", 0, std::move(difference)});
  if (channel_ != nullptr) TakeAddress();
  if (absl::Status status = Note(statement); !status.ok()) return stream_->End(status);
  if (channel_ != nullptr) {
    const bool is_outdated =
        !statement.presented_sha256().empty() && statement.presented_sha256() != DigestOfLeaf(stream_->Peer().leaf_pem);
    // A connection that works is worth more than one that would be refused.
    const bool is_of_use = is_outdated && !conversation_.Refuses(statement.presented_sha256());
    if (is_of_use && !std::exchange(renewed_, true)) channel_->Renew();
  }
  Say();
}

void Exchange::Handler::OnEnd(const absl::Status& status) {
  state_->handlers.erase(this);
  if (channel_ != nullptr) channel_->Ended(stream_, status);
  const MutexLock lock(state_->mutex);
  if (const auto counted = state_->exchanges.find({key_.peer.side, address_}); counted != state_->exchanges.end()) {
    if (--counted->second.count == 0) state_->exchanges.erase(counted);
  }
  if (!key_.process.empty()) state_->census.Left(key_, state_->clock());
}

}  // namespace pinion
