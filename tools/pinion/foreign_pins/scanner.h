// Reads a short text from left to right, token by token.
#ifndef PINION_TOOLS_PINION_FOREIGN_PINS_SCANNER_H_
#define PINION_TOOLS_PINION_FOREIGN_PINS_SCANNER_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace pinion::cli {

// Holds a view of the text. Skips white space before a token.
class Scanner {
 public:
  Scanner(absl::string_view text, absl::string_view file) : text_(text), file_(file) {}

  // Skips white space and // and /* */ comments.
  void SkipComments();
  bool AtEnd();
  // Takes exactly this token, if it is next. TakeWord ignores case.
  bool Take(absl::string_view token);
  bool TakeWord(absl::string_view word);
  // Letters, digits, '-' and '_'; may be empty.
  std::string TakeName();
  // Takes text in double quotes, without escapes. InvalidArgument if there is none.
  absl::StatusOr<std::string> TakeString();
  // Up to one of these characters or the end, without white space around it.
  std::string TakeUntil(absl::string_view ends);
  absl::string_view rest() const { return text_.substr(at_); }
  void Skip(size_t bytes) { at_ += bytes; }
  // "FILE:LINE:COLUMN: MESSAGE" at the last token.
  absl::Status Error(absl::string_view message) const;

 private:
  void SkipSpace();

  absl::string_view text_;
  absl::string_view file_;
  size_t at_ = 0;
  size_t token_ = 0;  // start of the last token, taken or not found
};

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_FOREIGN_PINS_SCANNER_H_
