#include "pinion/handshake/path_cache.h"

#include <utility>

#include "pinion/base/mutex.h"

namespace pinion {

std::shared_ptr<const VerifiedPath> PathCache::Find(absl::string_view leaf_pem, absl::string_view chain_pem) {
  const MutexLock lock(mutex_);
  return known_paths_.Find(leaf_pem, chain_pem);
}

std::vector<std::string> PathCache::IntermediatesFor(const std::string& leaf) const {
  const MutexLock lock(mutex_);
  return intermediates_.For(leaf);
}

void PathCache::Remember(absl::string_view leaf_pem, absl::string_view chain_pem,
                         std::shared_ptr<const VerifiedPath> path, absl::Time now) {
  const MutexLock lock(mutex_);
  intermediates_.Remember(path->certificates());
  known_paths_.Remember(leaf_pem, chain_pem, std::move(path), now);
}

}  // namespace pinion
