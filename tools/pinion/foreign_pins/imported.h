// Converts foreign pins to a pin file.
#ifndef PINION_TOOLS_PINION_FOREIGN_PINS_IMPORTED_H_
#define PINION_TOOLS_PINION_FOREIGN_PINS_IMPORTED_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/pinion/foreign_pins/foreign_pins.h"

namespace pinion::cli {

struct ImportOptions {
  // The host of the pins, if the format does not name it; otherwise the host to import, or all if empty.
  std::string host;
  // Name of the peer, if there is only one; its first host if empty.
  std::string name;
  // The kind of a pin that may match any certificate of the chain.
  PinKind kind = PinKind::kSpki;
  // More pins of the peer, if there is only one.
  std::vector<Pin> backups;
};

struct Imported {
  // The peers as elements of a pin file's list, and a complete pin file.
  std::string peers;
  std::string pin_file;
  // What was not imported, or was guessed: one sentence each, without the full stop.
  std::vector<std::string> remarks;
};

// InvalidArgument if an option is missing or wrong; FailedPrecondition, with the next step, if the pins make no valid
// pin file.
absl::StatusOr<Imported> Import(const Format& format, const ForeignPins& pins, const ImportOptions& options);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_FOREIGN_PINS_IMPORTED_H_
