#include "pinion/authorization/pattern.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "pinion/base/quoted.h"

namespace pinion {

absl::StatusOr<Pattern> Pattern::Parse(absl::string_view text) {
  if (text.empty()) {
    return absl::InvalidArgumentError("is empty and would match nothing; remove it, or write \"*\" for any value");
  }
  if (text == "*") return Pattern(Kind::kPresence, "");
  absl::string_view rest = text;
  Kind kind = Kind::kExact;
  if (absl::ConsumePrefix(&rest, "*")) {
    kind = Kind::kSuffix;
  } else if (absl::ConsumeSuffix(&rest, "*")) {
    kind = Kind::kPrefix;
  }
  if (absl::StrContains(rest, '*')) {
    return absl::InvalidArgumentError(
        absl::StrCat(Quoted(text), " has a star where it means nothing; write \"abc\", \"abc*\", \"*abc\" or \"*\""));
  }
  return Pattern(kind, rest);
}

bool Pattern::Covers(const Pattern& other) const {
  if (kind_ == Kind::kPresence) return true;
  const bool is_alike = other.kind_ == Kind::kExact || (other.kind_ == kind_ && kind_ != Kind::kExact);
  return is_alike && Matches(other.text_);
}

bool Pattern::Matches(absl::string_view value) const {
  switch (kind_) {
    case Kind::kExact:
      return value == text_;
    case Kind::kPrefix:
      return absl::StartsWith(value, text_);
    case Kind::kSuffix:
      return absl::EndsWith(value, text_);
    case Kind::kPresence:
      return !value.empty();
  }
  return false;
}

}  // namespace pinion
