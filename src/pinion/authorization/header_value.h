// A header of a call, matched so that repeating it cannot bypass a rule. Private to authorization/.
//
// A repeated header arrives as one text, its values joined by commas (gRFC A43), and two values cannot be distinguished
// from one value with a comma. So a deny rule matches if any reading matches, and an allow rule matches only if every
// reading does.
#ifndef PINION_AUTHORIZATION_HEADER_VALUE_H_
#define PINION_AUTHORIZATION_HEADER_VALUE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "pinion/authorization/pattern.h"

namespace pinion {

// Immutable and thread-safe.
class HeaderValue {
 public:
  // A value that is longer or has more pieces is not examined: every deny pattern matches it, and no allow pattern
  // does. gRPC itself accepts 8 KiB for all headers together by default; these limits bound the cost of a call.
  static constexpr size_t kMaxBytes = 8192;
  static constexpr size_t kMaxPieces = 64;

  explicit HeaderValue(std::string joined);

  // For deny rules: whether any run of consecutive pieces matches: the whole value, one piece, or any pieces in
  // between. White space at each end of a run may be included or omitted.
  bool SomeRunMatches(const Pattern& pattern) const;
  // For allow rules: whether A43 would match the whole value and, for a prefix or suffix pattern, each piece also
  // matches: a prefix must not be followed by a second value, and a suffix must not be preceded by one.
  bool WholeMatches(const Pattern& pattern) const;

 private:
  bool SomeRunIs(absl::string_view text) const;

  std::string joined_;
  bool is_beyond_reading_ = false;
  // The beginnings and the ends of the pieces, ascending.
  std::vector<size_t> begins_;
  std::vector<size_t> ends_;
};

}  // namespace pinion

#endif  // PINION_AUTHORIZATION_HEADER_VALUE_H_
