#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tools/pinion/foreign_pins/formats.h"

namespace pinion::cli {
namespace {

constexpr absl::string_view kHint =
    "expected sha256//...; where curl is given a file with the key, `pinion pin FILE` has its pin";

// A line of a .curlrc: an option and, after white space, '=' or ':', its value. Both are views into the text.
struct Line {
  absl::string_view option;  // empty if the line is only a value
  absl::string_view value;
};

Line ParseLine(absl::string_view line) {
  if (absl::StartsWith(line, "sha256//") || line[0] == '"' || line[0] == '\'') return {line.substr(0, 0), line};
  const size_t end = std::min(line.find_first_of(" \t=:"), line.size());
  absl::string_view value = absl::StripLeadingAsciiWhitespace(line.substr(end));
  if (!absl::ConsumePrefix(&value, "=")) absl::ConsumePrefix(&value, ":");
  absl::string_view option = line.substr(0, end);
  absl::ConsumePrefix(&option, "--");
  return {option, absl::StripLeadingAsciiWhitespace(value)};
}

// The value without its quotes and without a trailing comment.
absl::string_view Unquoted(absl::string_view value) {
  for (const absl::string_view quote : {"'", "\""}) {
    if (!absl::StartsWith(value, quote)) continue;
    const size_t end = value.find(quote, 1);
    const absl::string_view rest =
        end == absl::string_view::npos ? "" : absl::StripLeadingAsciiWhitespace(value.substr(end + 1));
    if (end == absl::string_view::npos || (!rest.empty() && rest[0] != '#')) return value;
    return value.substr(1, end - 1);
  }
  const size_t end = value.find_first_of(" \t");
  const absl::string_view rest = absl::StripLeadingAsciiWhitespace(value.substr(std::min(end, value.size())));
  return rest.empty() || rest[0] == '#' ? value.substr(0, end) : value;
}

absl::Status AddPins(absl::string_view text, absl::string_view file, absl::string_view value, ForeignPins* pins) {
  if (!pins->entries.empty()) {
    return ErrorAtOffset(text, file, value.data() - text.data(),
                         "pinnedpubkey stands here again; curl uses the last one alone, so remove the others");
  }
  pins->entries.emplace_back();
  for (absl::string_view one : absl::StrSplit(Unquoted(value), ';')) {
    const size_t offset = one.data() - text.data();
    if (!absl::ConsumePrefix(&one, "sha256//")) return ErrorAtOffset(text, file, offset, kHint);
    const absl::StatusOr<Pin> pin = FromBareBase64(one);
    if (!pin.ok()) return ErrorAtOffset(text, file, offset, pin.status().message());
    pins->entries[0].pins.push_back(*pin);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ForeignPins> ParseCurl(absl::string_view text, absl::string_view file) {
  ForeignPins pins;
  std::vector<std::string> others;
  for (const absl::string_view raw : absl::StrSplit(text, '\n')) {
    const absl::string_view trimmed = absl::StripAsciiWhitespace(raw);
    if (trimmed.empty() || trimmed[0] == '#') continue;
    const Line line = ParseLine(trimmed);
    if (!line.option.empty() && line.option != "pinnedpubkey") {
      others.push_back(absl::CHexEscape(line.option.substr(0, 40)));
    } else if (absl::Status status = AddPins(text, file, line.value, &pins); !status.ok()) {
      return status;
    }
  }
  if (pins.entries.empty()) return ErrorAtOffset(text, file, 0, kHint);
  if (!others.empty()) pins.remarks.push_back(absl::StrCat("not imported: ", absl::StrJoin(others, ", ")));
  return pins;
}

std::string WriteCurl(const std::vector<ForeignPins::Entry>& entries) {
  return absl::StrCat(
      absl::StrJoin(entries[0].pins, ";",
                    [](std::string* out, const Pin& pin) { absl::StrAppend(out, "sha256//", BareBase64(pin)); }),
      "\n");
}

}  // namespace pinion::cli
