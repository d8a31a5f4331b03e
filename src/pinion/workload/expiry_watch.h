// Warns of what will end. Private to workload/.
#ifndef PINION_WORKLOAD_EXPIRY_WATCH_H_
#define PINION_WORKLOAD_EXPIRY_WATCH_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "pinion/event_sink.h"
#include "pinion/workload/snapshot.h"

namespace pinion {

// Remembers what it has warned of. Not synchronised.
class ExpiryWatch {
 public:
  // The warnings due at `now` that were not given before: 30, 7, 1 and 0 days before our certificates, the trust roots
  // the accepted pins of the pin set and a peer's report-only end.
  std::vector<ExpiryEvent> Look(const Snapshot& snapshot, absl::Time now);

 private:
  void LookAt(const std::string& what, absl::Time expires, absl::Time now, std::vector<ExpiryEvent>* due);

  // By what ends and when: the least number of days that was warned of.
  absl::flat_hash_map<std::string, int> warned_;
};

// The first end among the pins that are accepted at `now`; InfiniteFuture where none has one.
absl::Time FirstPinToExpire(const PinSet& pin_set, absl::Time now);

}  // namespace pinion

#endif  // PINION_WORKLOAD_EXPIRY_WATCH_H_
