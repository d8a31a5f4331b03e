// What is remembered of the peers that were seen, for all that judge by the same roots.
#ifndef PINION_HANDSHAKE_PATH_CACHE_H_
#define PINION_HANDSHAKE_PATH_CACHE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "pinion/base/mutex.h"
#include "pinion/handshake/intermediates.h"
#include "pinion/handshake/known_paths.h"
#include "pinion/handshake/verified_path.h"

namespace pinion {

// Of peers in one role: paths that were verified, by their leaf, and the intermediates on them. Nobody is let in by it
// alone: whoever comes back is judged anew, and his path again wherever the roots have changed. Safe to use from any
// thread.
class PathCache {
 public:
  PathCache() = default;
  // Takes the lock once more: see ~ConnectionVerifier.
  ~PathCache() { const MutexLock lock(mutex_); }
  PathCache(const PathCache&) = delete;
  PathCache& operator=(const PathCache&) = delete;

  // As KnownPaths::Find.
  std::shared_ptr<const VerifiedPath> Find(absl::string_view leaf_pem, absl::string_view chain_pem);
  // As Intermediates::For.
  std::vector<std::string> IntermediatesFor(const std::string& leaf) const;
  void Remember(absl::string_view leaf_pem, absl::string_view chain_pem, std::shared_ptr<const VerifiedPath> path,
                absl::Time now);

 private:
  mutable Mutex mutex_;
  KnownPaths known_paths_ ABSL_GUARDED_BY(mutex_);
  Intermediates intermediates_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pinion

#endif  // PINION_HANDSHAKE_PATH_CACHE_H_
