// Connects gRPC to the verifier: one object for each credentials object or channel.
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
#include "pinion/connection/shadow_judge.h"
#include "pinion/event_sink.h"
#include "pinion/handshake/bounded_cache.h"
#include "pinion/handshake/path_cache.h"
#include "pinion/handshake/peer_verifier.h"
#include "pinion/recording/handshake_recorder.h"
#include "pinion/transport/peer_check.h"

namespace pinion {

// Decodes gRPC's input, calls the verifier, and reports to the sink. Thread-safe.
class ConnectionVerifier final : public PeerCheck {
 public:
  // Returns the current verifier, a new object after each change of its inputs. Called at each handshake and each
  // re-check.
  using VerifierSource = std::function<std::shared_ptr<const PeerVerifier>()>;

  struct Settings {
    PeerRole role;                                // the peer's
    std::shared_ptr<EventSink> events;            // may be null
    std::shared_ptr<LastRefusals> last_refusals;  // may be null
    std::function<absl::Time()> clock;
    // Called within each handshake, with its verdict; must not block. Returns the peer's address, if it is known. May
    // be empty.
    std::function<std::string(absl::string_view host, absl::string_view leaf_pem, bool accepted)> judged = {};
    // May be shared with other verifiers of peers in the same role.
    std::shared_ptr<PathCache> seen = std::make_shared<PathCache>();
    // Judges each handshake, too. Its verdict decides nothing; it is reported if it differs. May be empty, or return
    // null.
    VerifierSource shadow = {};
    std::shared_ptr<HandshakeRecorder> recorder = nullptr;  // may be null
  };

  // The verdict on a live connection.
  struct LiveVerdict {
    v1::Reason reason = v1::REASON_UNSPECIFIED;
    std::string text;                                    // of the refusal
    std::string peer;                                    // its name in the pin set
    std::string pin;                                     // what it presented
    absl::Time holds_until;                              // when accepted
    v1::PinState pin_state = v1::PIN_STATE_UNSPECIFIED;  // of the pin that the key matches
    // Refused, and its certificate or host belongs to a listed peer, but its key never matched a pin of that peer.
    bool impostor = false;
    bool accepted() const { return reason == v1::ACCEPTED; }
  };

  ConnectionVerifier(VerifierSource verifier, Settings settings)
      : verifier_(std::move(verifier)), settings_(std::move(settings)), shadow_(settings_.shadow, settings_.role) {}

  // Runs on the thread that drops gRPC's last reference. Taking the lock orders the accesses of other threads before
  // the destruction, also for analyzers such as TSan, which cannot observe gRPC's reference counts.
  ~ConnectionVerifier() override { const MutexLock lock(mutex_); }
  ConnectionVerifier(const ConnectionVerifier&) = delete;
  ConnectionVerifier& operator=(const ConnectionVerifier&) = delete;

  // Verifies the peer of a new connection. `chain_pem` is the chain that the peer sent, with or without the leaf; empty
  // on a resumed session.
  Verdict JudgeHandshake(absl::string_view leaf_pem, absl::string_view chain_pem, absl::string_view host) override;

  // Re-checks the peer for a call on a live connection; returns OK or the text of the refusal. Verifies again only if
  // the last verdict on this leaf and host is no longer valid, and reports to the sink only if the outcome changes.
  absl::Status RecheckCall(absl::string_view leaf_pem, absl::string_view chain_pem, absl::string_view host) override;

  // Returns the shared state of this certificate; each live connection with the certificate holds a reference. Null if
  // the certificate cannot be parsed.
  std::shared_ptr<LivePeer> Recall(absl::string_view leaf_pem, absl::string_view host);

  // Returns the verdict on a live connection of a peer from Recall; verifies again if the last verdict is no longer
  // valid. Does not report to the sink.
  LiveVerdict JudgeLive(LivePeer* peer);

  // See LivePeers::AreProven.
  bool AreProven(const x509::SubjectAltNames& names, absl::string_view peer) const;

  // The pins with which peers of these names were accepted: see AcceptedPins::Of.
  std::string PinsOf(const x509::SubjectAltNames& names) const;

 private:
  // Whether a connection is being made or is open.
  enum class Use { kNew, kLive };

  // An earlier verdict on a leaf, and how long it is valid.
  struct CachedVerdict {
    std::weak_ptr<const PeerVerifier> verifier;  // its verifier; weak, so that an old pin set is released
    absl::Time from;
    LiveVerdict verdict;  // a refusal is not reused
    std::string proven_as;
    // A change of these, as of the reason, is reported.
    v1::Reason report_only_reason = v1::REASON_UNSPECIFIED;
  };

  static CachedVerdict CachedVerdictOf(const Verdict& verdict, const std::shared_ptr<const PeerVerifier>& verifier,
                                       absl::Time now);
  // The last verdict on this leaf and host; null if it is no longer valid.
  const CachedVerdict* FindCachedVerdict(const std::string& key, const std::shared_ptr<const PeerVerifier>& verifier,
                                         absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Returns true if the verdict differs from the last one on this leaf and host. False for a first verdict that is
  // accepted, since the handshake has reported it.
  bool Note(const std::string& key, CachedVerdict standing);
  // `remembered` is a path of this leaf that was verified for a live connection; may be null.
  Verdict Judge(const std::shared_ptr<const PeerVerifier>& verifier, absl::string_view leaf_pem,
                absl::string_view chain_pem, absl::string_view host, absl::Time now, Use use,
                const std::shared_ptr<const VerifiedPath>& remembered = nullptr);
  // Judges a leaf without a known path, or one that is not accepted on its known path.
  Verdict JudgeAnew(const std::shared_ptr<const PeerVerifier>& verifier, absl::string_view leaf_pem,
                    absl::string_view chain_pem, absl::string_view host, absl::Time now, Use use);
  // Records what an accepted peer has proven, for as long as its connection may be live.
  void NoteAccepted(const Verdict& verdict, absl::string_view leaf_pem, absl::string_view host);
  // Whether the pin set lists the peer, but the key has not proven to be that peer.
  bool IsImpostor(const LivePeer& peer, const PinSet& pin_set) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Report(const Verdict& verdict, Use use, const ShadowJudge::Outcome& shadow, absl::string_view host,
              absl::Time now, const std::string& address);

  const VerifierSource verifier_;
  const Settings settings_;
  ShadowJudge shadow_;
  mutable Mutex mutex_;
  AcceptedPins pins_ ABSL_GUARDED_BY(mutex_);
  mutable LivePeers live_peers_ ABSL_GUARDED_BY(mutex_);
  // Keyed by KeyOf(host, leaf).
  BoundedCache<CachedVerdict> cached_verdicts_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pinion

#endif  // PINION_CONNECTION_CONNECTION_VERIFIER_H_
