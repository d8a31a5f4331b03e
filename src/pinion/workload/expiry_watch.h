// Warns before certificates, pins and report-only periods end. Private to workload/.
#ifndef PINION_WORKLOAD_EXPIRY_WATCH_H_
#define PINION_WORKLOAD_EXPIRY_WATCH_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "pinion/event_sink.h"
#include "pinion/workload/snapshot.h"

namespace pinion {

// Remembers which warnings it has returned. Not thread-safe.
class ExpiryWatch {
 public:
  // Returns the warnings that are due at `now` and that were not returned before: 30, 7, 1 and 0 days before the end of
  // the own certificates, the trust roots, the accepted pins of the pin set, and the report-only period of a peer.
  std::vector<ExpiryEvent> Look(const Snapshot& snapshot, absl::Time now);

 private:
  void LookAt(const std::string& what, absl::Time expires, absl::Time now, std::vector<ExpiryEvent>* due);

  // Maps what ends, and when, to the smallest number of days of a warning.
  absl::flat_hash_map<std::string, int> warned_;
};

// When the first of the pins that are accepted at `now` expires; InfiniteFuture if none of them expires.
absl::Time FirstPinToExpire(const PinSet& pin_set, absl::Time now);

}  // namespace pinion

#endif  // PINION_WORKLOAD_EXPIRY_WATCH_H_
