#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tools/pinion/foreign_pins/formats.h"

namespace pinion::cli {

absl::StatusOr<ForeignPins> ParseCurl(absl::string_view text, absl::string_view file) {
  absl::string_view value = absl::StripAsciiWhitespace(text);
  if (absl::ConsumePrefix(&value, "--pinnedpubkey")) {
    absl::ConsumePrefix(&value, "=");
    value = absl::StripLeadingAsciiWhitespace(value);
  }
  for (const absl::string_view quote : {"'", "\""}) {
    if (value.size() < 2 || !absl::StartsWith(value, quote) || !absl::EndsWith(value, quote)) continue;
    value = value.substr(1, value.size() - 2);
  }
  ForeignPins pins;
  pins.entries.emplace_back();
  for (absl::string_view one : absl::StrSplit(value, ';')) {
    const size_t offset = one.data() - text.data();
    if (!absl::ConsumePrefix(&one, "sha256//")) {
      return ErrorAtOffset(
          text, file, offset,
          "expected sha256//...; where curl is given a file with the key, `pinion pin FILE` has its pin");
    }
    const absl::StatusOr<Pin> pin = FromBareBase64(one);
    if (!pin.ok()) return ErrorAtOffset(text, file, offset, pin.status().message());
    pins.entries[0].pins.push_back(*pin);
  }
  return pins;
}

std::string WriteCurl(const std::vector<ForeignPins::Entry>& entries) {
  return absl::StrCat(
      absl::StrJoin(entries[0].pins, ";",
                    [](std::string* out, const Pin& pin) { absl::StrAppend(out, "sha256//", BareBase64(pin)); }),
      "\n");
}

}  // namespace pinion::cli
