// What `pinion lab` makes happen in a laboratory that runs.
#ifndef PINION_TOOLS_PINION_LAB_CHANGES_H_
#define PINION_TOOLS_PINION_LAB_CHANGES_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace pinion::cli {

// What was done, and what is now to be seen.
struct LabChange {
  std::string did;
  std::string expect;
  uint32_t pin_set_version = 0;
  std::string served_pin;  // of payments, where it is payments that is met
};

// Each returns when the laboratory has followed. FailedPrecondition, saying what to do first, where none runs in the
// folder or what was asked can't be done in it as it is.
absl::StatusOr<LabChange> RotateLab(const std::string& folder);
absl::StatusOr<LabChange> BreakLab(const std::string& folder, const std::string& what);
absl::StatusOr<LabChange> HealLab(const std::string& folder);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_LAB_CHANGES_H_
