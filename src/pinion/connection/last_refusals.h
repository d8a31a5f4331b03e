// How an application learns why a peer was refused.
#ifndef PINION_CONNECTION_LAST_REFUSALS_H_
#define PINION_CONNECTION_LAST_REFUSALS_H_

#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "pinion/base/mutex.h"
#include "pinion/refusal.h"

namespace pinion {

// For each host the refusal that stands: set by a refused handshake, gone after an accepted one. A call with
// wait_for_ready only ever says DEADLINE_EXCEEDED; this says why. Remembers up to 1,024 hosts. Safe to use from any
// thread.
class LastRefusals {
 public:
  // `target` as it was given to gRPC, or the host alone. Empty when nothing was refused since the last success.
  std::optional<Refusal> For(absl::string_view target) const;
  void Set(absl::string_view host, Refusal refusal);
  void Clear(absl::string_view host);

 private:
  mutable Mutex mutex_;
  absl::flat_hash_map<std::string, Refusal> by_host_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pinion

#endif  // PINION_CONNECTION_LAST_REFUSALS_H_
