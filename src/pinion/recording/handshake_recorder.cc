#include "pinion/recording/handshake_recorder.h"

#include <atomic>
#include <cstdint>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "pinion/base/mutex.h"
#include "pinion/base/printable.h"
#include "pinion/base/steady_clock.h"
#include "pinion/recording/recorded_handshakes.h"
#include "pinion/x509/certificate.h"

namespace pinion {
namespace {

constexpr absl::Duration kFlush = absl::Seconds(1);

size_t SizeOf(const HandshakeRecorder::Handshake& handshake) {
  return handshake.leaf_pem.size() + handshake.chain_pem.size();
}

// Leaf first.
std::string ChainOf(const HandshakeRecorder::Handshake& handshake) {
  if (absl::StartsWith(handshake.chain_pem, handshake.leaf_pem)) return handshake.chain_pem;
  return absl::StrCat(handshake.leaf_pem, handshake.chain_pem);
}

// Whether the leaf is accepted without any other certificate.
bool IsAcceptedAlone(const HandshakeRecorder::Handshake& handshake, absl::Time now) {
  absl::StatusOr<std::vector<std::string>> leaf = x509::DecodePem(handshake.leaf_pem);
  if (!leaf.ok()) return false;
  const PresentedChain presented = {std::move(leaf->front()), {}};
  return handshake.verifier->VerifyLive(presented, handshake.role, handshake.host, now).accepted();
}

}  // namespace

// The functions are for the queue's thread.
struct HandshakeRecorder::State {
  State(RecordedHandshakes opened, std::string in_folder, std::shared_ptr<EventSink> sink,
        std::function<absl::Time()> now)
      : events(std::move(sink)), clock(std::move(now)), folder(std::move(in_folder)), recorded(std::move(opened)) {}

  void Write(const Handshake& handshake);
  absl::Status TryToWrite(const Handshake& handshake);

  const std::shared_ptr<EventSink> events;
  const std::function<absl::Time()> clock;
  const std::string folder;
  std::atomic<size_t> waiting{0};
  std::atomic<size_t> waiting_bytes{0};
  std::atomic<int64_t> unqueued{0};  // since the last Write

  Mutex mutex;
  CondVar written;  // when `waiting` decreases

  RecordedHandshakes recorded;
  absl::StatusCode last = absl::StatusCode::kOk;  // a text may name another file each time
  // The last one whose roots were written, of clients and of servers.
  std::shared_ptr<const PeerVerifier> of_clients;
  std::shared_ptr<const PeerVerifier> of_servers;
};

absl::StatusOr<std::shared_ptr<HandshakeRecorder>> HandshakeRecorder::Open(const std::string& folder,
                                                                           std::shared_ptr<EventSink> events,
                                                                           std::function<absl::Time()> clock) {
  absl::StatusOr<RecordedHandshakes> recorded = RecordedHandshakes::Open(folder);
  if (!recorded.ok()) {
    return absl::Status(recorded.status().code(),
                        absl::StrCat("recorded_handshakes_dir: ", recorded.status().message(),
                                     "; create the folder, and let this process write there"));
  }
  return std::shared_ptr<HandshakeRecorder>(new HandshakeRecorder(
      std::make_shared<State>(*std::move(recorded), folder, std::move(events), std::move(clock))));
}

HandshakeRecorder::HandshakeRecorder(const std::shared_ptr<State>& state)
    : state_(state),
      queue_(
          [state](Handshake& handshake, int64_t /*lost*/) {
            state->Write(handshake);
            return true;
          },
          kFlush) {}

void HandshakeRecorder::Record(Handshake handshake) {
  const size_t size = SizeOf(handshake);
  if (handshake.leaf_pem.empty() || size > kMostChainBytes) return;
  const bool is_room = state_->waiting.fetch_add(1) < BoundedQueue<Handshake>::kMaxWaiting;
  if (is_room & (state_->waiting_bytes.fetch_add(size) + size <= kMostWaitingBytes)) {
    return queue_.Push(std::move(handshake));
  }
  --state_->waiting;
  state_->waiting_bytes -= size;
  ++state_->unqueued;
}

void HandshakeRecorder::Flush() {
  const MutexLock lock(state_->mutex);
  const absl::Time end = SteadyNow() + kFlush;
  while (state_->waiting > 0 && state_->written.WaitUntil(state_->mutex, end)) {
  }
}

void HandshakeRecorder::State::Write(const Handshake& handshake) {
  waiting_bytes -= SizeOf(handshake);
  absl::Status status = TryToWrite(handshake);
  {
    const MutexLock lock(mutex);
    --waiting;
  }
  written.NotifyAll();
  if (const int64_t lost = unqueued.exchange(0); lost > 0 && status.ok()) {
    status = absl::ResourceExhaustedError(
        absl::StrCat(lost, " handshakes were not recorded, since the disk was slower than they came"));
  }
  if (std::exchange(last, status.code()) == status.code() || events == nullptr) return;
  events->OnReload({clock(), "recorded_handshakes_dir", 0,
                    status.ok() ? "" : absl::StrCat(Printable(folder), ": ", status.message()), ""});
}

absl::Status HandshakeRecorder::State::TryToWrite(const Handshake& handshake) {
  const bool is_client = handshake.role == PeerRole::kClient;
  const v1::ConnectionSide side = is_client ? v1::SERVES : v1::CALLS;
  std::shared_ptr<const PeerVerifier>& verifier = is_client ? of_clients : of_servers;
  if (verifier != handshake.verifier || !recorded.HasRoots(side)) {
    const absl::Status status = recorded.KeepRoots(side, handshake.verifier->roots().ToPem());
    if (!status.ok()) return status;
    verifier = handshake.verifier;
  }
  v1::RecordedHandshake record;
  record.set_side(side);
  if (!is_client) record.set_host(handshake.host);
  record.set_chain(ChainOf(handshake));
  record.set_reason(handshake.reason);
  record.set_peer(handshake.peer);
  if (is_client) record.set_unlisted_clients(handshake.verifier->unlisted_clients());
  const absl::Time now = clock();
  return recorded.Keep(std::move(record), now, [&] { return IsAcceptedAlone(handshake, now); });
}

}  // namespace pinion
