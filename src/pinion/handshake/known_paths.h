// The verified paths of leaves that were seen before, so that a peer that comes back costs little. Private to
// handshake/.
#ifndef PINION_HANDSHAKE_KNOWN_PATHS_H_
#define PINION_HANDSHAKE_KNOWN_PATHS_H_

#include <cstddef>
#include <memory>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "pinion/handshake/bounded_cache.h"
#include "pinion/handshake/verified_path.h"

namespace pinion {

// Only leaves with a path to the roots come in, each judged anew when it comes back. Its owner lets one thread in at a
// time.
class KnownPaths {
 public:
  // Null for a leaf that is not known, or comes with another chain than it did then: there may be news in it. An empty
  // chain is no other.
  std::shared_ptr<const VerifiedPath> Find(absl::string_view leaf_pem, absl::string_view chain_pem);
  // Forgets those that have ended and those that nobody asked for lately, when there are many.
  void Remember(absl::string_view leaf_pem, absl::string_view chain_pem, std::shared_ptr<const VerifiedPath> path,
                absl::Time now);

 private:
  struct Known {
    std::shared_ptr<const VerifiedPath> path;
    size_t chain = 0;  // its hash; of two that have the same one, the news in the second are missed
    bool used = true;  // since the last sweep
  };

  BoundedCache<Known> paths_;
};

}  // namespace pinion

#endif  // PINION_HANDSHAKE_KNOWN_PATHS_H_
