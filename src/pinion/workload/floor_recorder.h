// Records adopted pin sets, without waiting for a disk that does not answer. Private to workload/.
#ifndef PINION_WORKLOAD_FLOOR_RECORDER_H_
#define PINION_WORKLOAD_FLOOR_RECORDER_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "pinion/pin/pin_set_floor.h"

namespace pinion {

// Writes on a thread of its own, which outlives this object if the disk does not answer. Not thread-safe.
class FloorRecorder {
 public:
  explicit FloorRecorder(PinSetFloor floor) : floor_(std::move(floor)) {}

  // Returns what RaiseFloor returns; or Unavailable if that takes longer than 200 ms. Then it goes on, and a later call
  // returns its outcome.
  absl::Status Record(const std::shared_ptr<const PinSet>& pin_set, const std::string& copy);

 private:
  struct Attempt;

  const PinSetFloor floor_;
  std::shared_ptr<Attempt> attempt_;  // shared with its thread; null if none is under way
};

}  // namespace pinion

#endif  // PINION_WORKLOAD_FLOOR_RECORDER_H_
