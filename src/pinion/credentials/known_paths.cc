#include "pinion/credentials/known_paths.h"

#include <algorithm>
#include <utility>

namespace pinion {

std::shared_ptr<const VerifiedPath> KnownPaths::Find(absl::string_view leaf_pem) {
  const auto found = paths_.find(leaf_pem);
  if (found == paths_.end()) return nullptr;
  found->second.used = true;
  return found->second.path;
}

void KnownPaths::Remember(absl::string_view leaf_pem, std::shared_ptr<const VerifiedPath> path, absl::Time now) {
  if (paths_.size() >= sweep_at_) Sweep(now);
  paths_.insert_or_assign(std::string(leaf_pem), Known{std::move(path)});
}

void KnownPaths::Sweep(absl::Time now) {
  for (auto it = paths_.begin(); it != paths_.end();) {
    const bool stays = std::exchange(it->second.used, false) && now < it->second.path->valid_until();
    if (stays) {
      ++it;
    } else {
      paths_.erase(it++);
    }
  }
  if (paths_.size() >= kMax) paths_.clear();
  sweep_at_ = std::max(kFirstSweep, 2 * paths_.size());
}

}  // namespace pinion
