#include "pinion/authorization/header_value.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace pinion {

HeaderValue::HeaderValue(std::string joined) : joined_(std::move(joined)) {
  const auto commas = static_cast<size_t>(std::count(joined_.begin(), joined_.end(), ','));
  if (joined_.size() > kMaxBytes || commas >= kMaxPieces) {
    is_beyond_reading_ = true;
    return;
  }
  begins_.push_back(0);
  for (size_t i = 0; i < joined_.size(); ++i) {
    if (joined_[i] != ',') continue;
    ends_.push_back(i);
    begins_.push_back(i + 1);
  }
  ends_.push_back(joined_.size());
}

bool HeaderValue::SomeRunMatches(const Pattern& pattern) const {
  if (is_beyond_reading_) return true;
  const absl::string_view all = joined_;
  switch (pattern.kind()) {
    case Pattern::Kind::kExact:
      return SomeRunIs(pattern.text());
    case Pattern::Kind::kPrefix:
      // Any prefix of a shorter run is also a prefix of the longest run from the same beginning.
      return std::any_of(begins_.begin(), begins_.end(), [&](size_t begin) {
        const absl::string_view run = all.substr(begin);
        return pattern.Matches(run) || pattern.Matches(absl::StripLeadingAsciiWhitespace(run));
      });
    case Pattern::Kind::kSuffix:
      return std::any_of(ends_.begin(), ends_.end(), [&](size_t end) {
        const absl::string_view run = all.substr(0, end);
        return pattern.Matches(run) || pattern.Matches(absl::StripTrailingAsciiWhitespace(run));
      });
    case Pattern::Kind::kPresence:
      return pattern.Matches(all);
  }
  return true;
}

// The builder ensures that `text` has no white space at its ends. The rest of the run after `text` must therefore be
// white space, which is ignored; otherwise the run does not match.
bool HeaderValue::SomeRunIs(absl::string_view text) const {
  return std::any_of(begins_.begin(), begins_.end(), [&](size_t begin) {
    const absl::string_view run = absl::StripLeadingAsciiWhitespace(absl::string_view(joined_).substr(begin));
    if (!absl::StartsWith(run, text)) return false;
    const absl::string_view rest = absl::StripLeadingAsciiWhitespace(run.substr(text.size()));
    return rest.empty() || rest.front() == ',';
  });
}

bool HeaderValue::WholeMatches(const Pattern& pattern) const {
  if (is_beyond_reading_ || !pattern.Matches(joined_)) return false;
  if (pattern.kind() == Pattern::Kind::kExact) return true;
  for (size_t i = 0; i < begins_.size(); ++i) {
    if (!pattern.Matches(absl::string_view(joined_).substr(begins_[i], ends_[i] - begins_[i]))) return false;
  }
  return true;
}

}  // namespace pinion
