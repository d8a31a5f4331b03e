// Pins in the formats of other software: their common representation, and the list of formats.
#ifndef PINION_TOOLS_PINION_FOREIGN_PINS_FOREIGN_PINS_H_
#define PINION_TOOLS_PINION_FOREIGN_PINS_FOREIGN_PINS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "pinion/pin/pin.h"

namespace pinion::cli {

struct ForeignPins {
  struct Entry {
    // In Pinion's notation; empty if the format does not name the host of the pins.
    std::string host;
    // Also covers names below the host, at any depth.
    bool includes_subdomains = false;
    std::vector<Pin> pins;
  };
  std::vector<Entry> entries;
  // Hosts that are not pinned there, although they may be subdomains of an entry that includes them. As in the text.
  std::vector<std::string> unpinned;
  // What the text contains and the entries omit or change: one sentence each, without the full stop.
  std::vector<std::string> remarks;
};

struct Format {
  enum class Wildcards { kNoHosts, kOneLabel, kSubdomains };

  const char* name;
  // Human-readable: "OkHttp's CertificatePinner".
  const char* title;
  Wildcards wildcards;
  // Whether a pin there matches any certificate of the chain, so that it may be a CA's.
  bool matches_chain;
  // The software refuses or ignores entries with fewer pins.
  size_t least_pins;

  // Advice to the user of an export; null for none.
  const char* remark;

  // InvalidArgument "FILE:LINE:COLUMN: what is wrong" for text in another format, or with parts that are not
  // understood.
  absl::StatusOr<ForeignPins> (*parse)(absl::string_view text, absl::string_view file);
  // Writes entries that have only spki pins or, for apple, only issuer_spki pins.
  std::string (*write)(const std::vector<ForeignPins::Entry>& entries);
};

// All of them, by name.
const std::vector<Format>& Formats();
// Null if there is none.
const Format* FindFormat(absl::string_view name);

// Base64 without "sha256/", as in most formats.
std::string BareBase64(const Pin& pin);
// The inverse, a spki pin; InvalidArgument for other text.
absl::StatusOr<Pin> FromBareBase64(absl::string_view base64);

// "FILE:LINE:COLUMN: MESSAGE".
absl::Status ErrorAtOffset(absl::string_view text, absl::string_view file, size_t offset, absl::string_view message);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_FOREIGN_PINS_FOREIGN_PINS_H_
