#include "pinion/authorization/method_path.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace pinion {

bool IsMethodPath(absl::string_view path) {
  if (path.empty() || path.front() != '/') return false;
  const absl::string_view rest = path.substr(1);
  const size_t slash = rest.find('/');
  if (slash == 0 || slash == absl::string_view::npos) return false;
  const absl::string_view method = rest.substr(slash + 1);
  if (method.empty() || method.find('/') != absl::string_view::npos) return false;
  return std::none_of(path.begin(), path.end(), [](char c) { return absl::ascii_iscntrl(c); });
}

bool CanMatchMethodPath(const Pattern& pattern) {
  const std::string& text = pattern.text();
  // The shortest ways to complete what the pattern leaves open.
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
