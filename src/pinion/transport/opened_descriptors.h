// Which descriptors the connections of a channel have had.
#ifndef PINION_TRANSPORT_OPENED_DESCRIPTORS_H_
#define PINION_TRANSPORT_OPENED_DESCRIPTORS_H_

#include <algorithm>
#include <cstddef>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "pinion/base/mutex.h"

namespace pinion {

// The numbers of the latest descriptors that a channel has opened for its connections, so that these are found among
// few. gRPC closes the descriptors, and anything may reuse their numbers, so check the endpoints of one before its use.
// Thread-safe.
class OpenedDescriptors {
 public:
  // Also forgets the oldest if there are many, since a channel to a server that is down tries again and again.
  void Add(int descriptor) {
    const MutexLock lock(mutex_);
    latest_.erase(std::remove(latest_.begin(), latest_.end(), descriptor), latest_.end());
    latest_.push_back(descriptor);
    if (latest_.size() > kMax) latest_.erase(latest_.begin());
  }
  std::vector<int> latest() const {
    const MutexLock lock(mutex_);
    return latest_;
  }

 private:
  static constexpr size_t kMax = 32;

  mutable Mutex mutex_;
  std::vector<int> latest_ ABSL_GUARDED_BY(mutex_);  // the oldest first
};

}  // namespace pinion

#endif  // PINION_TRANSPORT_OPENED_DESCRIPTORS_H_
