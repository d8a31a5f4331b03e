// The verified paths of leaves that were seen before, so that a peer that comes back costs little. Private to
// credentials/.
#ifndef PINION_CREDENTIALS_KNOWN_PATHS_H_
#define PINION_CREDENTIALS_KNOWN_PATHS_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "pinion/handshake/verified_path.h"

namespace pinion {

// Only leaves with a path to the roots come in, each judged anew when it comes back. Its owner lets one thread in at a
// time.
class KnownPaths {
 public:
  // Null for a leaf that is not known.
  std::shared_ptr<const VerifiedPath> Find(absl::string_view leaf_pem);
  void Remember(absl::string_view leaf_pem, std::shared_ptr<const VerifiedPath> path, absl::Time now);

 private:
  static constexpr size_t kFirstSweep = 64;
  // When so many are in use, starting over costs a verification each.
  static constexpr size_t kMax = 8192;

  struct Known {
    std::shared_ptr<const VerifiedPath> path;
    bool used = true;  // since the last sweep
  };

  // Forgets those that have ended, and those that nobody asked for since the last time.
  void Sweep(absl::Time now);

  absl::flat_hash_map<std::string, Known> paths_;
  size_t sweep_at_ = kFirstSweep;
};

}  // namespace pinion

#endif  // PINION_CREDENTIALS_KNOWN_PATHS_H_
