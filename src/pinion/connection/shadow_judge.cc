#include "pinion/connection/shadow_judge.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "pinion/connection/presented.h"

namespace pinion {

ShadowJudge::Outcome ShadowJudge::Judge(absl::string_view leaf_pem, absl::string_view chain_pem, absl::string_view host,
                                        absl::Time now, const PathCache& seen) {
  const std::shared_ptr<const PeerVerifier> verifier = verifier_ ? verifier_() : nullptr;
  if (verifier == nullptr) return {};
  const absl::string_view nul("\0", 1);
  const std::string key = absl::StrCat(host, nul, leaf_pem, nul, chain_pem);
  {
    const MutexLock lock(mutex_);
    const Known* const known = known_.Find(key);
    const bool is_fresh =
        known != nullptr && known->verifier.lock() == verifier && now >= known->at && now - known->at < kFresh;
    if (is_fresh) return known->outcome;
  }
  const absl::StatusOr<PresentedChain> presented = DecodePresented(leaf_pem, chain_pem, seen);
  if (!presented.ok()) return {};
  const Verdict verdict = verifier->Verify(*presented, peer_, host, now);
  Outcome outcome = {verdict.reason, verdict.accepted() ? "" : verdict.ToString()};
  const MutexLock lock(mutex_);
  known_.Put(key, {verifier, now, outcome},
             [now](const Known& other) { return !other.verifier.expired() && now - other.at < kFresh; });
  return outcome;
}

}  // namespace pinion
