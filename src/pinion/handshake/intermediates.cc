#include "pinion/handshake/intermediates.h"

#include <algorithm>

#include "absl/container/flat_hash_set.h"
#include "pinion/handshake/peer_verifier.h"

namespace pinion {

void Intermediates::Remember(const std::vector<x509::Certificate>& path) {
  for (size_t i = 1; i + 1 < path.size(); ++i) {
    const bool is_known = std::any_of(known_.begin(), known_.end(), [&](const x509::Certificate& known) {
      return known.digest() == path[i].digest();
    });
    if (is_known) continue;
    if (known_.size() == kMax) known_.pop_front();
    known_.push_back(path[i]);
  }
}

std::vector<std::string> Intermediates::For(const std::string& leaf) const {
  std::vector<std::string> candidates;
  if (known_.size() <= PresentedChain::kMaxOthers) {
    for (const x509::Certificate& known : known_) candidates.push_back(known.der());
    return candidates;
  }
  const absl::StatusOr<x509::Certificate> parsed = x509::Certificate::FromDer(leaf);
  if (!parsed.ok()) return candidates;
  // From the leaf upwards: its issuers, their issuers, and so on.
  absl::flat_hash_set<std::string> issuers = {parsed->issuer()};
  absl::flat_hash_set<std::string> expanded;
  while (!issuers.empty()) {
    absl::flat_hash_set<std::string> next;
    for (auto known = known_.rbegin(); known != known_.rend(); ++known) {
      if (!issuers.contains(known->subject())) continue;
      if (candidates.size() == PresentedChain::kMaxOthers) return candidates;
      candidates.push_back(known->der());
      next.insert(known->issuer());
    }
    expanded.merge(issuers);
    issuers.clear();
    for (const std::string& name : next) {
      if (!expanded.contains(name)) issuers.insert(name);
    }
  }
  return candidates;
}

}  // namespace pinion
