// Pins as other software writes them: what the formats have in common, and the formats.
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
    // As Pinion writes hosts; empty where the format does not say for whom the pins are.
    std::string host;
    // Names below the host, too, and not of one label only.
    bool includes_subdomains = false;
    std::vector<Pin> pins;
  };
  std::vector<Entry> entries;
  // Hosts that are not pinned there, though they may be subdomains of an entry that includes those. As the text has
  // them.
  std::vector<std::string> unpinned;
  // What the text says and the entries do not, or not alike: a sentence each, without its end.
  std::vector<std::string> remarks;
};

struct Format {
  enum class Wildcards { kNoHosts, kOneLabel, kSubdomains };

  const char* name;
  // For people: "OkHttp's CertificatePinner".
  const char* title;
  Wildcards wildcards;
  // Whether a pin there may be of any certificate of the chain, so that it may be a CA's.
  bool matches_chain;
  // Software refuses or passes over what has fewer pins than this.
  size_t least_pins;

  // What whoever takes an export should know; null for nothing.
  const char* remark;

  // InvalidArgument "FILE:LINE:COLUMN: what is wrong" for all that is not this format, or not understood whole.
  absl::StatusOr<ForeignPins> (*parse)(absl::string_view text, absl::string_view file);
  // Of entries that have spki pins alone, or, for apple, issuer_spki pins alone.
  std::string (*write)(const std::vector<ForeignPins::Entry>& entries);
};

// All of them, by name.
const std::vector<Format>& Formats();
// Null for none.
const Format* FindFormat(absl::string_view name);

// Base64 without "sha256/", as most formats have it.
std::string BareBase64(const Pin& pin);
// A spki pin of it; InvalidArgument.
absl::StatusOr<Pin> FromBareBase64(absl::string_view base64);

// "FILE:LINE:COLUMN: MESSAGE".
absl::Status ErrorAtOffset(absl::string_view text, absl::string_view file, size_t offset, absl::string_view message);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_FOREIGN_PINS_FOREIGN_PINS_H_
