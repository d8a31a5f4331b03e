#include "tools/pinion/foreign_pins/scanner.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "tools/pinion/foreign_pins/foreign_pins.h"

namespace pinion::cli {

void Scanner::SkipSpace() {
  while (at_ < text_.size() && absl::ascii_isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
  token_ = at_;
}

void Scanner::SkipComments() {
  for (;;) {
    SkipSpace();
    const absl::string_view next = rest().substr(0, 2);
    if (next != "//" && next != "/*") return;
    const size_t end = next == "//" ? text_.find('\n', at_) : text_.find("*/", at_ + 2);
    // An unterminated comment is not skipped; the next token then fails with an error.
    if (end == absl::string_view::npos && next == "/*") return;
    at_ = end == absl::string_view::npos ? text_.size() : end + (next == "//" ? 1 : 2);
  }
}

bool Scanner::AtEnd() {
  SkipSpace();
  return at_ == text_.size();
}

bool Scanner::Take(absl::string_view token) {
  SkipSpace();
  if (!absl::StartsWith(rest(), token)) return false;
  at_ += token.size();
  return true;
}

bool Scanner::TakeWord(absl::string_view word) {
  SkipSpace();
  if (!absl::StartsWithIgnoreCase(rest(), word)) return false;
  at_ += word.size();
  return true;
}

std::string Scanner::TakeName() {
  SkipSpace();
  while (at_ < text_.size() &&
         (absl::ascii_isalnum(static_cast<unsigned char>(text_[at_])) || text_[at_] == '-' || text_[at_] == '_')) {
    ++at_;
  }
  return std::string(text_.substr(token_, at_ - token_));
}

absl::StatusOr<std::string> Scanner::TakeString() {
  SkipSpace();
  const size_t end = absl::StartsWith(rest(), "\"") ? text_.find_first_of("\"\\\n", at_ + 1) : absl::string_view::npos;
  if (end == absl::string_view::npos || text_[end] != '"') return Error("expected text in double quotes");
  at_ = end + 1;
  return std::string(text_.substr(token_ + 1, end - token_ - 1));
}

std::string Scanner::TakeUntil(absl::string_view ends) {
  SkipSpace();
  at_ = std::min(text_.find_first_of(ends, at_), text_.size());
  return std::string(absl::StripTrailingAsciiWhitespace(text_.substr(token_, at_ - token_)));
}

absl::Status Scanner::Error(absl::string_view message) const { return ErrorAtOffset(text_, file_, token_, message); }

}  // namespace pinion::cli
