#include "pinion/authorization/method_path.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace pinion {
namespace {

// Characters that a proxy might decode, truncate at or replace, so that it calls a method that no rule matched.
bool IsAmbiguous(char c) { return !absl::ascii_isgraph(c) || absl::StrContains("%?#\\", c); }

}  // namespace

bool IsMethodPath(absl::string_view path) {
  if (path.empty() || path.front() != '/') return false;
  size_t second_slash = 0;
  for (size_t i = 1; i < path.size(); ++i) {
    if (IsAmbiguous(path[i])) return false;
    if (path[i] != '/') continue;
    if (second_slash != 0) return false;
    second_slash = i;
  }
  const bool has_service = second_slash > 1;
  return has_service && second_slash + 1 < path.size();
}

bool CanMatchMethodPath(const Pattern& pattern) {
  const std::string& text = pattern.text();
  // The shortest completions of the pattern.
  switch (pattern.kind()) {
    case Pattern::Kind::kExact:
      return IsMethodPath(text);
    case Pattern::Kind::kPrefix:
      return IsMethodPath(text) || IsMethodPath(absl::StrCat(text, "m")) || IsMethodPath(absl::StrCat(text, "/m")) ||
             IsMethodPath(absl::StrCat(text, "s/m"));
    case Pattern::Kind::kSuffix:
      return IsMethodPath(text) || IsMethodPath(absl::StrCat("/", text)) || IsMethodPath(absl::StrCat("/s", text)) ||
             IsMethodPath(absl::StrCat("/s/", text));
    case Pattern::Kind::kPresence:
      return true;
  }
  return false;
}

}  // namespace pinion
