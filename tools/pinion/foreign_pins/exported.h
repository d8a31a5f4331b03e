// A pin file's pins as other software takes them.
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
  // The peer of this name, or the one that is dialled as this host, for that host alone; every peer when both are
  // empty.
  std::string peer;
  std::string host;
};

struct Exported {
  std::string text;
  // What the format cannot carry, or carries otherwise: a sentence each, without its end.
  std::vector<std::string> remarks;
};

// The keys that are accepted now. InvalidArgument where an option is missing or wrong; FailedPrecondition where the
// format cannot say it in a way that is of use.
absl::StatusOr<Exported> Export(const Format& format, const PinSet& set, const ExportOptions& options, absl::Time now);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_FOREIGN_PINS_EXPORTED_H_
