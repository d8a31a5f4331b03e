// Warns before certificates, pins, proofs of BACKUP pins, report-only periods and pin sets end. Private to workload/.
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
  // the own certificates, the trust roots, the pin set, its accepted pins and proofs, and the report-only period of a
  // peer.
  std::vector<ExpiryEvent> Look(const Snapshot& snapshot, absl::Time now);

 private:
  // Maps what ends, and when, to the smallest number of days of a warning.
  absl::flat_hash_map<std::string, int> warned_;
};

}  // namespace pinion

#endif  // PINION_WORKLOAD_EXPIRY_WATCH_H_
