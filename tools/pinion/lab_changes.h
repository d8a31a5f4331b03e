// The changes that `pinion lab` makes in a running laboratory.
#ifndef PINION_TOOLS_PINION_LAB_CHANGES_H_
#define PINION_TOOLS_PINION_LAB_CHANGES_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace pinion::cli {

// What was done, and what to expect now.
struct LabChange {
  std::string did;
  std::string expect;
  uint32_t pin_set_version = 0;
  std::string served_pin;  // of payments, unless an impostor holds its address
};

// Each returns when the laboratory has applied the change. FailedPrecondition, with what to do first, if no laboratory
// runs in the folder, or if its current state does not allow the change.
absl::StatusOr<LabChange> RotateLab(const std::string& folder);
absl::StatusOr<LabChange> BreakLab(const std::string& folder, const std::string& what);
absl::StatusOr<LabChange> HealLab(const std::string& folder);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_LAB_CHANGES_H_
