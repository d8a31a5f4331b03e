#include "tools/pinion/foreign_pins/header_line.h"

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tools/pinion/foreign_pins/foreign_pins.h"
#include "tools/pinion/foreign_pins/scanner.h"

namespace pinion::cli {
namespace {

constexpr absl::string_view kName = "Public-Key-Pins";
constexpr absl::string_view kReportOnly = "Public-Key-Pins-Report-Only";

// Text of the same length, with all bytes except line ends replaced by blanks.
std::string Blank(absl::string_view text) {
  std::string blank(text);
  for (char& c : blank) {
    if (c != '\n') c = ' ';
  }
  return blank;
}

class HeaderFinder {
 public:
  HeaderFinder(absl::string_view text, absl::string_view file) : text_(text), scanner_(text, file) {}

  absl::StatusOr<HeaderLine> Find() {
    SkipCommentLines();
    const std::string directive = absl::AsciiStrToLower(PeekName());
    const bool is_nginx = directive == "add_header";
    const bool is_apache = directive == "header";
    if (is_nginx || is_apache) scanner_.TakeName();
    if (is_apache && !TakeSet()) return scanner_.Error("expected `Header always set Public-Key-Pins \"...\"`");
    const std::string name = absl::AsciiStrToLower(PeekName());
    if (name == absl::AsciiStrToLower(kReportOnly)) {
      line_.remarks.emplace_back(
          "Report-Only is not imported: the pins are enforced; report_only_until in the pin file needs an end");
    } else if (name != absl::AsciiStrToLower(kName)) {
      if (is_nginx || is_apache) {
        scanner_.TakeName();
        return scanner_.Error("expected the header Public-Key-Pins");
      }
      return HasHeaderLater() ? scanner_.Error("another directive; give the one that sets Public-Key-Pins alone")
                              : TakeBareValue();
    }
    scanner_.TakeName();
    if (is_nginx || is_apache) return TakeQuotedValue(is_nginx);
    if (!scanner_.Take(":")) return scanner_.Error("expected : after the header's name");
    return TakeBareValue();
  }

 private:
  size_t at() const { return text_.size() - scanner_.rest().size(); }

  void SkipCommentLines() {
    while (scanner_.Take("#")) scanner_.TakeUntil("\n");
  }

  std::string PeekName() {
    Scanner ahead = scanner_;
    return ahead.TakeName();
  }

  // Whether a later line names the header.
  bool HasHeaderLater() const {
    for (const absl::string_view line : absl::StrSplit(scanner_.rest(), '\n')) {
      const absl::string_view rest = absl::StripLeadingAsciiWhitespace(line);
      if (absl::StartsWithIgnoreCase(rest, kName) || absl::StartsWithIgnoreCase(rest, "add_header") ||
          absl::StartsWithIgnoreCase(rest, "Header ")) {
        return true;
      }
    }
    return false;
  }

  // Skips Apache's condition and action; an action that does not set the header is another directive.
  bool TakeSet() {
    std::string word = absl::AsciiStrToLower(scanner_.TakeName());
    if (word == "always" || word == "onsuccess") word = absl::AsciiStrToLower(scanner_.TakeName());
    return word == "set" || word == "add" || word == "append" || word == "merge" || word == "setifempty";
  }

  absl::StatusOr<HeaderLine> TakeBareValue() {
    line_.value = absl::StrCat(Blank(text_.substr(0, at())), scanner_.rest());
    return std::move(line_);
  }

  absl::StatusOr<HeaderLine> TakeQuotedValue(bool is_nginx) {
    const bool is_single = scanner_.Take("'");
    if (!is_single && !scanner_.Take("\"")) return scanner_.Error("expected the header's value in quotes");
    const char quote = is_single ? '\'' : '"';
    line_.value = Blank(text_.substr(0, at()));
    size_t end = at();
    for (; end < text_.size() && text_[end] != quote; ++end) {
      if (text_[end] == '\\' && end + 1 < text_.size()) {
        line_.value.push_back(' ');
        ++end;
      }
      line_.value.push_back(text_[end]);
    }
    if (end == text_.size()) return scanner_.Error("a text in quotes does not end");
    line_.value += Blank(text_.substr(end));
    scanner_.Skip(end + 1 - at());
    return is_nginx ? TakeEndOfNginx() : TakeEndOfApache();
  }

  absl::StatusOr<HeaderLine> TakeEndOfNginx() {
    scanner_.TakeWord("always");
    if (!scanner_.Take(";")) return scanner_.Error("expected ;");
    return TakeEnd();
  }

  absl::StatusOr<HeaderLine> TakeEndOfApache() {
    const absl::string_view rest = scanner_.rest();
    const std::string condition(absl::StripAsciiWhitespace(rest.substr(0, rest.find('\n'))));
    if (!condition.empty()) {
      line_.remarks.push_back(
          absl::StrCat("the condition ", absl::CHexEscape(condition), " is not imported: the pins hold at all times"));
      scanner_.TakeUntil("\n");
    }
    return TakeEnd();
  }

  absl::StatusOr<HeaderLine> TakeEnd() {
    SkipCommentLines();
    if (!scanner_.AtEnd()) return scanner_.Error("expected nothing more; give one header at a time");
    return std::move(line_);
  }

  const absl::string_view text_;
  Scanner scanner_;
  HeaderLine line_;
};

}  // namespace

absl::StatusOr<HeaderLine> FindHeader(absl::string_view text, absl::string_view file) {
  return HeaderFinder(text, file).Find();
}

}  // namespace pinion::cli
