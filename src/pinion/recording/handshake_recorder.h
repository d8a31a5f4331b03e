// Records the handshakes of a workload.
#ifndef PINION_RECORDING_HANDSHAKE_RECORDER_H_
#define PINION_RECORDING_HANDSHAKE_RECORDER_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "pinion/base/bounded_queue.h"
#include "pinion/event_sink.h"
#include "pinion/handshake/peer_verifier.h"
#include "pinion/recording/recorded_handshakes.h"
#include "pinion/v1/reason.pb.h"

namespace pinion {

// Writes from a thread of its own. Thread-safe.
class HandshakeRecorder {
 public:
  struct Handshake {
    PeerRole role = PeerRole::kServer;  // the peer's
    std::string host;                   // that was dialled
    std::string leaf_pem;
    std::string chain_pem;                         // with or without the leaf
    std::shared_ptr<const PeerVerifier> verifier;  // that judged it
    v1::Reason reason = v1::REASON_UNSPECIFIED;
    std::string peer;
  };

  // Reports to `events`, which may be null, when handshakes cannot be written, and when they can be again. Returns the
  // errors of RecordedHandshakes::Open.
  static absl::StatusOr<std::shared_ptr<HandshakeRecorder>> Open(const std::string& folder,
                                                                 std::shared_ptr<EventSink> events,
                                                                 std::function<absl::Time()> clock);

  // Never waits for the disk. A handshake without a certificate is not recorded.
  void Record(Handshake handshake);

 private:
  HandshakeRecorder(RecordedHandshakes recorded, std::shared_ptr<EventSink> events, std::function<absl::Time()> clock);

  // On the queue's thread, as the members below it.
  void Write(const Handshake& handshake);
  absl::Status TryToWrite(const Handshake& handshake);

  const std::shared_ptr<EventSink> events_;
  const std::function<absl::Time()> clock_;
  RecordedHandshakes recorded_;
  absl::Status status_;
  // The last one whose roots were written, of clients and of servers.
  std::shared_ptr<const PeerVerifier> of_clients_;
  std::shared_ptr<const PeerVerifier> of_servers_;
  BoundedQueue<Handshake> queue_;  // the last member: its thread uses the others
};

}  // namespace pinion

#endif  // PINION_RECORDING_HANDSHAKE_RECORDER_H_
