// Which pin sets are too old: at start, by a record that is kept across restarts; later, by the one in effect.
#ifndef PINION_PIN_PIN_SET_FLOOR_H_
#define PINION_PIN_PIN_SET_FLOOR_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pinion/pin/pin_set.h"

namespace pinion {

// Begins the messages below that are about the revocations of a pin set, so that callers can name their file.
inline constexpr char kAboutRevocations[] = "revocations: ";

// In state_dir.
inline constexpr char kKeptFileName[] = "pin_set_kept";

struct PinSetFloor {
  int64_t minimum_version = 0;
  // Of the trust file that a pin set is signed under.
  int64_t minimum_trust_version = 0;
  int64_t minimum_revocations_version = 0;
  // Has the record of the newest pin set that was adopted, pin_set_floor.json. Processes on one host that read the same
  // pin file may share the folder. Empty if there is no record.
  std::string state_dir;
};

// Thread-safe. Whether there is a state_dir without a record.
bool IsFirstStart(const PinSetFloor& floor);

// Thread-safe. Errors of both functions:
//  - Unauthenticated: its trust is older than minimum_trust_version or does not follow that of the recorded one
//    (FleetTrust::CheckFollows), or it has none and is required to have one
//  - FailedPrecondition: the pin set is older than minimum_version or, in the same epoch, than the recorded one, or it
//    has the version of the recorded one and other contents; the message names both versions. The same for its
//    revocations, also if they do not begin with the recorded keys, or if it has none and there were some in the same
//    epoch; the message then begins with kAboutRevocations
//  - Unavailable: the folder is missing, or the record cannot be read or, in RaiseFloor, written

// The trust file of the recorded pin set; null if there is none.
absl::StatusOr<std::shared_ptr<const FleetTrust>> RecordedTrust(const PinSetFloor& floor);

// Does not write. A missing record is OK: no pin set was adopted yet.
absl::Status CheckFloor(const PinSetFloor& floor, const PinSet& pin_set);

// The same, and then records the pin set, unless it is recorded already. The record is flushed to the disk before this
// returns OK. Waits up to 1 s for another process that is writing it. Before that, `copy`, if it is not empty, replaces
// the contents of kKeptFileName in the folder, so that a process that starts without the source of the pin set has one
// that is not older than the record. Returns OK only if both are on the disk.
absl::Status RaiseFloor(const PinSetFloor& floor, const PinSet& pin_set, const std::string& copy = "");

// OK if the pin set may replace the one in effect in a running process: it is of a later epoch or, in the same epoch,
// of a later version or with the same contents, and so are its revocations; FailedPrecondition otherwise. The one in
// effect is not below the floor, so that a newer one is an improvement, whatever another process has recorded. That is
// not so for a trust file, of which there may be two successors, one of them by a thief: a new one must follow the one
// in effect and, if it can be read, the recorded one; Unauthenticated otherwise.
absl::Status CheckReplaces(const PinSetFloor& floor, const PinSet& pin_set, const PinSet& in_effect);

}  // namespace pinion

#endif  // PINION_PIN_PIN_SET_FLOOR_H_
