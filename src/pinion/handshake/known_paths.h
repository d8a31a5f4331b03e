// Caches the verified paths of leaves, so that verifying a reconnecting peer is cheap. Private to handshake/.
#ifndef PINION_HANDSHAKE_KNOWN_PATHS_H_
#define PINION_HANDSHAKE_KNOWN_PATHS_H_

#include <cstddef>
#include <memory>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "pinion/handshake/bounded_cache.h"
#include "pinion/handshake/verified_path.h"

namespace pinion {

// Contains only leaves with a path to the roots. Each leaf is verified again when its peer reconnects. Not thread-safe;
// the owner serializes access.
class KnownPaths {
 public:
  // Null for a leaf that is not known, or that comes with a different chain than before, which may contain new
  // certificates. An empty chain does not count as different.
  std::shared_ptr<const VerifiedPath> Find(absl::string_view leaf_pem, absl::string_view chain_pem);
  // If there are many entries, removes those that have expired and those that were not used since the last sweep.
  void Remember(absl::string_view leaf_pem, absl::string_view chain_pem, std::shared_ptr<const VerifiedPath> path,
                absl::Time now);

 private:
  struct Known {
    std::shared_ptr<const VerifiedPath> path;
    size_t chain = 0;  // its hash; on a collision, new certificates in the second chain are missed
    bool used = true;  // since the last sweep
  };

  BoundedCache<Known> paths_;
};

}  // namespace pinion

#endif  // PINION_HANDSHAKE_KNOWN_PATHS_H_
