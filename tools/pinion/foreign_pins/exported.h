// A pin file's pins in the formats of other software.
#ifndef PINION_TOOLS_PINION_FOREIGN_PINS_EXPORTED_H_
#define PINION_TOOLS_PINION_FOREIGN_PINS_EXPORTED_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "pinion/pin/pin_set.h"
#include "tools/pinion/foreign_pins/foreign_pins.h"

namespace pinion::cli {

struct ExportOptions {
  // The peer with this name, or the one that is dialled as this host, for that host only; every peer if both are empty.
  std::string peer;
  std::string host;
};

struct Exported {
  std::string text;
  // What the format cannot carry, or carries with another meaning: one sentence each, without the full stop.
  std::vector<std::string> remarks;
};

// Exports the keys that are accepted now. InvalidArgument if an option is missing or wrong; FailedPrecondition if the
// format cannot express them in a useful way.
absl::StatusOr<Exported> Export(const Format& format, const PinSet& set, const ExportOptions& options, absl::Time now);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_FOREIGN_PINS_EXPORTED_H_
