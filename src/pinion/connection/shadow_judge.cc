#include "pinion/connection/shadow_judge.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "pinion/x509/certificate.h"

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
  PresentedChain presented;
  if (!leaf_pem.empty()) {
    absl::StatusOr<std::vector<std::string>> leaf = x509::DecodePem(leaf_pem);
    if (!leaf.ok()) return {};
    presented.leaf = std::move(leaf->front());
  }
  if (chain_pem.empty()) {
    presented.others = seen.IntermediatesFor(presented.leaf);
  } else {
    absl::StatusOr<std::vector<std::string>> chain = x509::DecodePem(chain_pem);
    if (!chain.ok()) return {};
    presented.others = *std::move(chain);
    if (presented.others.front() == presented.leaf) presented.others.erase(presented.others.begin());
  }
  const Verdict verdict = verifier->Verify(presented, peer_, host, now);
  Outcome outcome = {verdict.reason, verdict.accepted() ? "" : verdict.ToString()};
  const MutexLock lock(mutex_);
  known_.Put(key, {verifier, now, outcome},
             [now](const Known& other) { return !other.verifier.expired() && now - other.at < kFresh; });
  return outcome;
}

}  // namespace pinion
