#include "tests/cases/spread.h"

#include "absl/strings/str_cat.h"

namespace pinion::testing {

std::vector<std::string> Spread(const std::string& text) {
  const size_t open = text.find('{');
  const size_t dots = text.find("..", open);
  const size_t close = text.find('}', dots);
  if (open == std::string::npos || close == std::string::npos) return {text};
  std::vector<std::string> all;
  const int last = std::stoi(text.substr(dots + 2, close - dots - 2));
  for (int number = std::stoi(text.substr(open + 1, dots - open - 1)); number <= last; ++number) {
    all.push_back(absl::StrCat(text.substr(0, open), number, text.substr(close + 1)));
  }
  return all;
}

}  // namespace pinion::testing
