// What stands between gRPC and the verifier: one for each credentials object or channel.
#ifndef PINION_CONNECTION_CONNECTION_VERIFIER_H_
#define PINION_CONNECTION_CONNECTION_VERIFIER_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "pinion/base/mutex.h"
#include "pinion/connection/accepted_pins.h"
#include "pinion/connection/last_refusals.h"
#include "pinion/connection/live_peers.h"
#include "pinion/event_sink.h"
#include "pinion/handshake/bounded_cache.h"
#include "pinion/handshake/path_cache.h"
#include "pinion/handshake/peer_verifier.h"
#include "pinion/transport/peer_check.h"

namespace pinion {

// Decodes what gRPC hands over, asks the verifier, and tells the sink. Safe to use from any thread.
class ConnectionVerifier final : public PeerCheck {
 public:
  struct Settings {
    PeerRole role;                                // the peer's
    std::shared_ptr<EventSink> events;            // may be null
    std::shared_ptr<LastRefusals> last_refusals;  // may be null
    std::function<absl::Time()> clock;
    // Called with each handshake's verdict, within it: return at once. Returns the peer's address, where it is known.
    // May be empty.
    std::function<std::string(absl::string_view host, absl::string_view leaf_pem, bool accepted)> judged = {};
    // May be other verifiers' too, of peers in the same role.
    std::shared_ptr<PathCache> seen = std::make_shared<PathCache>();
  };

  // What is to be known of a live connection.
  struct LiveVerdict {
    v1::Reason reason = v1::REASON_UNSPECIFIED;
    std::string text;        // of a refusal
    std::string peer;        // its name in the pin set
    std::string pin;         // what it presented
    absl::Time holds_until;  // when accepted
    // Refused, and its certificate or host is a listed peer's whose pin the key never matched.
    bool impostor = false;
    bool accepted() const { return reason == v1::ACCEPTED; }
  };

  // What judges now; another object after each change of what it judges by. Asked at each handshake and each re-check.
  using VerifierSource = std::function<std::shared_ptr<const PeerVerifier>()>;

  ConnectionVerifier(VerifierSource verifier, Settings settings)
      : verifier_(std::move(verifier)), settings_(std::move(settings)) {}

  // Whichever thread drops gRPC's last reference. It takes the lock once more, so that what other threads did under it
  // has happened before, also in the eyes of those who cannot see gRPC's reference counts.
  ~ConnectionVerifier() override { const MutexLock lock(mutex_); }
  ConnectionVerifier(const ConnectionVerifier&) = delete;
  ConnectionVerifier& operator=(const ConnectionVerifier&) = delete;

  // A new connection. `chain_pem` is what the peer sent, with or without the leaf; empty on a resumed session.
  Verdict JudgeHandshake(absl::string_view leaf_pem, absl::string_view chain_pem, absl::string_view host) override;

  // A call on a live connection: OK, or the refusal's text. Judges anew only when the last verdict on this leaf and
  // host no longer holds; tells the sink only when the outcome changes.
  absl::Status RecheckCall(absl::string_view leaf_pem, absl::string_view chain_pem, absl::string_view host) override;

  // What stands for this certificate as long as a connection with it lives: the connection holds it. Null for what is
  // no certificate.
  std::shared_ptr<LivePeer> Recall(absl::string_view leaf_pem, absl::string_view host);

  // A live connection of a peer that this verifier gave, judged anew where the last verdict on it no longer holds.
  // Reports to no sink.
  LiveVerdict JudgeLive(LivePeer* peer);

  // As LivePeers::AreProven.
  bool AreProven(const x509::SubjectAltNames& names, absl::string_view peer) const;

  // The pins that peers of these names presented and were accepted with: see AcceptedPins::Of.
  std::string PinsOf(const x509::SubjectAltNames& names) const;

 private:
  // An earlier verdict on a leaf, and how long it stands.
  struct CachedVerdict {
    std::weak_ptr<const PeerVerifier> verifier;  // whose verdict it is; doesn't keep an old pin set in memory
    absl::Time from;
    LiveVerdict verdict;  // a refusal holds for no time: judge anew
    std::string proven_as;
    // Worth telling, with the reason, when they change.
    v1::Reason excused = v1::REASON_UNSPECIFIED;
    v1::PinState matched_state = v1::PIN_STATE_UNSPECIFIED;
  };

  static CachedVerdict CachedVerdictOf(const Verdict& verdict, const std::shared_ptr<const PeerVerifier>& verifier,
                                       absl::Time now);
  // The last verdict on this leaf and host, where it still holds.
  const CachedVerdict* FindCachedVerdict(const std::string& key, const std::shared_ptr<const PeerVerifier>& verifier,
                                         absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // True when the last verdict on this leaf and host said otherwise. Of an accepted one that is new the handshake has
  // told.
  bool Note(const std::string& key, CachedVerdict standing);
  // `remembered` is a path of this leaf that was verified for a live connection; may be null.
  Verdict Judge(const std::shared_ptr<const PeerVerifier>& verifier, absl::string_view leaf_pem,
                absl::string_view chain_pem, absl::string_view host, absl::Time now,
                const std::shared_ptr<const VerifiedPath>& remembered = nullptr);
  // Of a leaf that is not known, or is not accepted by what is known of it.
  Verdict JudgeAnew(const std::shared_ptr<const PeerVerifier>& verifier, absl::string_view leaf_pem,
                    absl::string_view chain_pem, absl::string_view host, absl::Time now);
  // Notes what an accepted peer has proved, for as long as its connection may live.
  void NoteAccepted(const Verdict& verdict, absl::string_view leaf_pem, absl::string_view host);
  // Whether the pin set lists the peer, but not as what its key has proved to be.
  bool IsImpostor(const LivePeer& peer, const PinSet& pin_set) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Report(const Verdict& verdict, absl::string_view host, absl::Time now, const std::string& address);

  const VerifierSource verifier_;
  const Settings settings_;
  mutable Mutex mutex_;
  AcceptedPins pins_ ABSL_GUARDED_BY(mutex_);
  mutable LivePeers live_peers_ ABSL_GUARDED_BY(mutex_);
  // By KeyOf(host, leaf).
  BoundedCache<CachedVerdict> cached_verdicts_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pinion

#endif  // PINION_CONNECTION_CONNECTION_VERIFIER_H_
