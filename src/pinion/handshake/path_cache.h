// Caches verified paths and intermediates, for all verifiers with the same roots.
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

// For peers in one role: verified paths by their leaf, and the intermediates on them. A cached entry alone never
// accepts a peer: a reconnecting peer is verified again, and its path is built again if the roots have changed.
// Thread-safe.
class PathCache {
 public:
  PathCache() = default;
  // Takes the lock: see ~ConnectionVerifier.
  ~PathCache() { const MutexLock lock(mutex_); }
  PathCache(const PathCache&) = delete;
  PathCache& operator=(const PathCache&) = delete;

  // See KnownPaths::Find.
  std::shared_ptr<const VerifiedPath> Find(absl::string_view leaf_pem, absl::string_view chain_pem);
  // See Intermediates::For.
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
