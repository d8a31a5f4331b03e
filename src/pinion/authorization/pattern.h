// A pattern of a policy: "abc", "abc*", "*abc" or "*" (gRFC A43). Private to authorization/.
#ifndef PINION_AUTHORIZATION_PATTERN_H_
#define PINION_AUTHORIZATION_PATTERN_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace pinion {

// Immutable and thread-safe.
class Pattern {
 public:
  enum class Kind {
    kExact,     // "abc"
    kPrefix,    // "abc*"
    kSuffix,    // "*abc"
    kPresence,  // "*": any value that is not empty
  };

  // Returns InvalidArgument "problem; next step" if the text is empty or has a star in another position.
  static absl::StatusOr<Pattern> Parse(absl::string_view text);

  Kind kind() const { return kind_; }
  // The text without the star; empty only for kPresence.
  const std::string& text() const { return text_; }
  // Whether it matches all that the other one matches.
  bool Covers(const Pattern& other) const;
  // Compares bytes. An empty value never matches.
  bool Matches(absl::string_view value) const;

 private:
  Pattern(Kind kind, absl::string_view text) : kind_(kind), text_(text) {}

  Kind kind_;
  std::string text_;
};

}  // namespace pinion

#endif  // PINION_AUTHORIZATION_PATTERN_H_
