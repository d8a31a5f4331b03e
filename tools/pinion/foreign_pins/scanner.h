// Reads a short text from left to right, token by token.
#ifndef PINION_TOOLS_PINION_FOREIGN_PINS_SCANNER_H_
#define PINION_TOOLS_PINION_FOREIGN_PINS_SCANNER_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace pinion::cli {

// Views the text. White space before a token is passed over.
class Scanner {
 public:
  Scanner(absl::string_view text, absl::string_view file) : text_(text), file_(file) {}

  // Past // and /* */ comments, too.
  void SkipComments();
  bool AtEnd();
  // Takes this very token, if it is next. TakeWord compares without regard to case.
  bool Take(absl::string_view token);
  bool TakeWord(absl::string_view word);
  // Letters, digits, '-' and '_'; nothing where there are none.
  std::string TakeName();
  // Takes what stands between double quotes; no escapes. InvalidArgument where there is no such thing.
  absl::StatusOr<std::string> TakeString();
  // Up to one of these characters or the end, without white space around it.
  std::string TakeUntil(absl::string_view ends);
  absl::string_view rest() const { return text_.substr(at_); }
  void Skip(size_t bytes) { at_ += bytes; }
  // "FILE:LINE:COLUMN: MESSAGE" for what was taken last.
  absl::Status Error(absl::string_view message) const;

 private:
  void SkipSpace();

  absl::string_view text_;
  absl::string_view file_;
  size_t at_ = 0;
  size_t token_ = 0;  // where what was taken last, or asked for in vain, begins
};

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_FOREIGN_PINS_SCANNER_H_
