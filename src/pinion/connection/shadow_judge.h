// Judges handshakes by a pin set that is not in effect. Private to connection/.
#ifndef PINION_CONNECTION_SHADOW_JUDGE_H_
#define PINION_CONNECTION_SHADOW_JUDGE_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "pinion/base/mutex.h"
#include "pinion/handshake/bounded_cache.h"
#include "pinion/handshake/path_cache.h"
#include "pinion/handshake/peer_verifier.h"
#include "pinion/v1/reason.pb.h"

namespace pinion {

// Shares nothing with the verifier that decides but the intermediates of resumed sessions, which it only reads.
// Thread-safe.
class ShadowJudge {
 public:
  // The verdict on a peer is used again for this long, also a refusal, since it decides nothing.
  static constexpr absl::Duration kFresh = absl::Minutes(1);

  struct Outcome {
    v1::Reason reason = v1::REASON_UNSPECIFIED;
    std::string text;  // of a refusal
  };

  // `verifier` may return null: then nothing is judged. `peer` is the peer's role.
  ShadowJudge(std::function<std::shared_ptr<const PeerVerifier>()> verifier, PeerRole peer)
      : verifier_(std::move(verifier)), peer_(peer) {}
  // Takes the lock: see ~ConnectionVerifier.
  ~ShadowJudge() { const MutexLock lock(mutex_); }
  ShadowJudge(const ShadowJudge&) = delete;
  ShadowJudge& operator=(const ShadowJudge&) = delete;

  // The arguments are those of ConnectionVerifier::JudgeHandshake. REASON_UNSPECIFIED if there is no verifier, or if
  // the certificates cannot be decoded.
  Outcome Judge(absl::string_view leaf_pem, absl::string_view chain_pem, absl::string_view host, absl::Time now,
                const PathCache& seen);

 private:
  struct Known {
    std::weak_ptr<const PeerVerifier> verifier;
    absl::Time at;
    Outcome outcome;
  };

  const std::function<std::shared_ptr<const PeerVerifier>()> verifier_;
  const PeerRole peer_;
  Mutex mutex_;
  BoundedCache<Known> known_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pinion

#endif  // PINION_CONNECTION_SHADOW_JUDGE_H_
