#include "pinion/handshake/path_cache.h"

#include <utility>

namespace pinion {

std::shared_ptr<const VerifiedPath> PathCache::Find(absl::string_view leaf_pem, absl::string_view chain_pem) {
  const std::lock_guard<std::mutex> lock(mutex_);
  return known_paths_.Find(leaf_pem, chain_pem);
}

std::vector<std::string> PathCache::IntermediatesFor(const std::string& leaf) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return intermediates_.For(leaf);
}

void PathCache::Remember(absl::string_view leaf_pem, absl::string_view chain_pem,
                         std::shared_ptr<const VerifiedPath> path, absl::Time now) {
  const std::lock_guard<std::mutex> lock(mutex_);
  intermediates_.Remember(path->certificates());
  known_paths_.Remember(leaf_pem, chain_pem, std::move(path), now);
}

}  // namespace pinion
