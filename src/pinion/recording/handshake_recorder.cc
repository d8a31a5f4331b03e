#include "pinion/recording/handshake_recorder.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace pinion {
namespace {

constexpr absl::Duration kFlush = absl::Seconds(1);

// Leaf first.
std::string ChainOf(const HandshakeRecorder::Handshake& handshake) {
  if (absl::StartsWith(handshake.chain_pem, handshake.leaf_pem)) return handshake.chain_pem;
  return absl::StrCat(handshake.leaf_pem, handshake.chain_pem);
}

}  // namespace

absl::StatusOr<std::shared_ptr<HandshakeRecorder>> HandshakeRecorder::Open(const std::string& folder,
                                                                           std::shared_ptr<EventSink> events,
                                                                           std::function<absl::Time()> clock) {
  absl::StatusOr<RecordedHandshakes> recorded = RecordedHandshakes::Open(folder);
  if (!recorded.ok()) {
    return absl::Status(recorded.status().code(),
                        absl::StrCat("recorded_handshakes_dir: ", recorded.status().message(),
                                     "; create the folder, and let this process write there"));
  }
  return std::shared_ptr<HandshakeRecorder>(
      new HandshakeRecorder(*std::move(recorded), std::move(events), std::move(clock)));
}

HandshakeRecorder::HandshakeRecorder(RecordedHandshakes recorded, std::shared_ptr<EventSink> events,
                                     std::function<absl::Time()> clock)
    : events_(std::move(events)),
      clock_(std::move(clock)),
      recorded_(std::move(recorded)),
      queue_(
          [this](Handshake& handshake, int64_t /*lost*/) {
            Write(handshake);
            return true;
          },
          kFlush) {}

void HandshakeRecorder::Record(Handshake handshake) {
  if (!handshake.leaf_pem.empty()) queue_.Push(std::move(handshake));
}

void HandshakeRecorder::Write(const Handshake& handshake) {
  absl::Status status = TryToWrite(handshake);
  if (status != status_ && events_ != nullptr) {
    events_->OnReload({clock_(), "recorded_handshakes_dir", 0, std::string(status.message()), ""});
  }
  status_ = std::move(status);
}

absl::Status HandshakeRecorder::TryToWrite(const Handshake& handshake) {
  const bool is_client = handshake.role == PeerRole::kClient;
  const v1::ConnectionSide side = is_client ? v1::SERVES : v1::CALLS;
  std::shared_ptr<const PeerVerifier>& verifier = is_client ? of_clients_ : of_servers_;
  if (verifier != handshake.verifier) {
    if (absl::Status status = recorded_.KeepRoots(side, handshake.verifier->roots().ToPem()); !status.ok()) {
      return status;
    }
    verifier = handshake.verifier;
  }
  v1::RecordedHandshake record;
  record.set_side(side);
  if (!is_client) record.set_host(handshake.host);
  record.set_chain(ChainOf(handshake));
  record.set_reason(handshake.reason);
  record.set_peer(handshake.peer);
  if (is_client) record.set_unlisted_clients(handshake.verifier->unlisted_clients());
  return recorded_.Keep(std::move(record), clock_());
}

}  // namespace pinion
