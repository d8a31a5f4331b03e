// Stores the latest refusal of each host, for LastRefusal and Explain of Workload.
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

// The latest refusal of each host: a refused handshake sets it, and an accepted handshake clears it. A call with
// wait_for_ready only reports DEADLINE_EXCEEDED; this provides the reason. Keeps up to 1,024 hosts. Thread-safe.
class LastRefusals {
 public:
  // `target` is the target given to gRPC, or its host alone. Empty if no handshake was refused since the last accepted
  // one.
  std::optional<Refusal> For(absl::string_view target) const;
  void Set(absl::string_view host, Refusal refusal);
  void Clear(absl::string_view host);

 private:
  mutable Mutex mutex_;
  absl::flat_hash_map<std::string, Refusal> by_host_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pinion

#endif  // PINION_CONNECTION_LAST_REFUSALS_H_
