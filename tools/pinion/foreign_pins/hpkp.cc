#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tools/pinion/foreign_pins/formats.h"
#include "tools/pinion/foreign_pins/header_line.h"
#include "tools/pinion/foreign_pins/scanner.h"

namespace pinion::cli {
namespace {

// How long browsers remember the pins. The header requires a value; the example of RFC 7469 §2.1.5 has 60 days.
constexpr int kMaxAgeSeconds = 5184000;

struct Header {
  ForeignPins pins;
  bool has_max_age = false;
};

// RFC 7469 §2.1: NAME, NAME=TOKEN or NAME="TEXT".
absl::Status TakeDirective(Scanner* scanner, Header* header) {
  const std::string name = absl::AsciiStrToLower(scanner->TakeName());
  if (name.empty()) return scanner->Error("expected a directive, such as pin-sha256=\"...\"");
  std::string value;
  if (scanner->Take("=")) {
    if (scanner->Take("\"")) {
      value = scanner->TakeUntil("\"");
      if (!scanner->Take("\"")) return scanner->Error("a quoted text does not end");
    } else {
      value = scanner->TakeUntil(";");
    }
  }
  ForeignPins& pins = header->pins;
  int64_t seconds = 0;
  if (name == "pin-sha256") {
    const absl::StatusOr<Pin> pin = FromBareBase64(value);
    if (!pin.ok()) return scanner->Error(pin.status().message());
    pins.entries[0].pins.push_back(*pin);
  } else if (name == "includesubdomains" && value.empty()) {
    pins.entries[0].includes_subdomains = true;
  } else if (name == "max-age" && absl::SimpleAtoi(value, &seconds) && seconds >= 0 && !header->has_max_age) {
    header->has_max_age = true;
    pins.remarks.push_back(
        absl::StrCat("max-age=", seconds,
                     " is not imported: browsers forget the pins after it; a pin file holds until it "
                     "is replaced"));
  } else if (name == "max-age" || name == "includesubdomains") {
    return scanner->Error(absl::StrCat(name, " stands twice or has no proper value"));
  } else {
    pins.remarks.push_back(absl::StrCat(name, value.empty() ? "" : "=", absl::CHexEscape(value), " is not imported"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ForeignPins> ParseHpkp(absl::string_view text, absl::string_view file) {
  const absl::StatusOr<HeaderLine> line = FindHeader(text, file);
  if (!line.ok()) return line.status();
  Scanner scanner(line->value, file);
  Header header;
  header.pins.entries.emplace_back();
  header.pins.remarks = line->remarks;
  do {
    if (scanner.AtEnd()) break;
    if (absl::Status status = TakeDirective(&scanner, &header); !status.ok()) return status;
  } while (scanner.Take(";"));
  if (!scanner.AtEnd()) return scanner.Error("expected ;");
  if (header.pins.entries[0].pins.empty()) return scanner.Error("there is no pin-sha256=\"...\"");
  if (!header.has_max_age) return scanner.Error("there is no max-age, without which browsers take no notice of it");
  return std::move(header.pins);
}

std::string WriteHpkp(const std::vector<ForeignPins::Entry>& entries) {
  std::string header = "Public-Key-Pins: ";
  for (const Pin& pin : entries[0].pins) absl::StrAppend(&header, "pin-sha256=\"", BareBase64(pin), "\"; ");
  absl::StrAppend(&header, "max-age=", kMaxAgeSeconds);
  return absl::StrCat(header, entries[0].includes_subdomains ? "; includeSubDomains" : "", "\n");
}

}  // namespace pinion::cli
