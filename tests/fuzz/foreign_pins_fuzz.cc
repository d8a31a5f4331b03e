// Pins in the formats of other software. The first line of an input names the format. Accepted pins become a pin file
// that Pinion accepts, or are refused; pins that are exported are read back unchanged.
#include <string>

#include "pinion/pin/pin_set.h"
#include "tests/fuzz/invariant.h"
#include "tools/pinion/foreign_pins/foreign_pins.h"
#include "tools/pinion/foreign_pins/imported.h"

namespace pinion::cli {
namespace {

using fuzz::Require;

void RequireEntries(const ForeignPins& pins) {
  Require(!pins.entries.empty(), "accepted text has pins");
  for (const ForeignPins::Entry& entry : pins.entries) Require(!entry.pins.empty(), "each entry has pins", entry.host);
}

bool RequireImport(const Format& format, const ForeignPins& pins) {
  ImportOptions options;
  if (format.wildcards == Format::Wildcards::kNoHosts) options.host = "a.test";
  const absl::StatusOr<Imported> imported = Import(format, pins, options);
  if (!imported.ok()) {
    fuzz::RequirePrintable(imported.status().message());
    return false;
  }
  fuzz::RequirePrintable(imported->pin_file);
  for (const std::string& remark : imported->remarks) fuzz::RequirePrintable(remark);
  const auto set = PinSet::FromJson(imported->pin_file, "pins.json");
  Require(set.ok(), "imported pins are a pin file", set.status().ToString());
  // The pin file accepts no key that the text does not pin: each digest is one of the text.
  for (const Peer& peer : (*set)->peers()) {
    for (const PeerPin& pin : peer.pins) {
      bool is_known = false;
      for (const ForeignPins::Entry& entry : pins.entries) {
        for (const Pin& known : entry.pins) is_known = is_known || known.digest == pin.pin.digest;
      }
      Require(is_known, "a pin comes from the text", ToString(pin));
    }
  }
  return true;
}

// Where the format can express it: hosts that are hosts, and all pins of one kind.
void RequireWrittenIsRead(const Format& format, const ForeignPins& pins) {
  const absl::StatusOr<ForeignPins> again = format.parse(format.write(pins.entries), "f");
  Require(again.ok() && again->entries.size() == pins.entries.size(), "written pins are read",
          again.status().ToString());
  for (size_t i = 0; i < pins.entries.size(); ++i) {
    Require(again->entries[i].host == pins.entries[i].host && again->entries[i].pins == pins.entries[i].pins,
            "written pins are read back unchanged", pins.entries[i].host);
  }
}

void Check(absl::string_view input) {
  const size_t newline = input.find('\n');
  const Format* const format = FindFormat(input.substr(0, newline));
  if (format == nullptr || newline == absl::string_view::npos) return fuzz::CountInput(false);
  const absl::StatusOr<ForeignPins> pins = format->parse(input.substr(newline + 1), "f");
  if (!pins.ok()) {
    Require(pins.status().code() == absl::StatusCode::kInvalidArgument, "a refusal is InvalidArgument");
    Require(pins.status().message().substr(0, 2) == "f:", "a refusal names the file", pins.status().message());
    fuzz::RequirePrintable(pins.status().message());
    return fuzz::CountInput(false);
  }
  RequireEntries(*pins);
  const bool is_imported = RequireImport(*format, *pins);
  if (is_imported && pins->entries.size() == 1) RequireWrittenIsRead(*format, *pins);
  fuzz::CountInput(true);
}

}  // namespace
}  // namespace pinion::cli

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  pinion::cli::Check(absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
