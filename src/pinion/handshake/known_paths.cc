#include "pinion/handshake/known_paths.h"

#include <utility>

#include "absl/hash/hash.h"

namespace pinion {

std::shared_ptr<const VerifiedPath> KnownPaths::Find(absl::string_view leaf_pem, absl::string_view chain_pem) {
  Known* const known = paths_.Find(leaf_pem);
  if (known == nullptr || (!chain_pem.empty() && known->chain != absl::HashOf(chain_pem))) return nullptr;
  known->used = true;
  return known->path;
}

void KnownPaths::Remember(absl::string_view leaf_pem, absl::string_view chain_pem,
                          std::shared_ptr<const VerifiedPath> path, absl::Time now) {
  paths_.Put(leaf_pem, Known{std::move(path), absl::HashOf(chain_pem)},
             [now](Known& known) { return std::exchange(known.used, false) && now < known.path->valid_until(); });
}

}  // namespace pinion
