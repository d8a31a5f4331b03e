// A pin file made of foreign pins.
#ifndef PINION_TOOLS_PINION_FOREIGN_PINS_IMPORTED_H_
#define PINION_TOOLS_PINION_FOREIGN_PINS_IMPORTED_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/pinion/foreign_pins/foreign_pins.h"

namespace pinion::cli {

struct ImportOptions {
  // Whose pins they are, where the format does not say; where it does, which of them to import: all when empty.
  std::string host;
  // Of the peer, where there is one alone; its first host when empty.
  std::string name;
  // What a pin that may be any certificate's is taken for.
  PinKind kind = PinKind::kSpki;
  // Further pins of the peer, where there is one alone.
  std::vector<Pin> backups;
};

struct Imported {
  // The peers as they stand in a pin file's list, and such a file.
  std::string peers;
  std::string pin_file;
  // What was not imported, or was guessed: a sentence each, without its end.
  std::vector<std::string> remarks;
};

// InvalidArgument where an option is missing or wrong; FailedPrecondition where no valid pin file can be made of it,
// with what to do.
absl::StatusOr<Imported> Import(const Format& format, const ForeignPins& pins, const ImportOptions& options);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_FOREIGN_PINS_IMPORTED_H_
