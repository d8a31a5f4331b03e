#include "tests/cases/der.h"

#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace pinion::testing::der {
namespace {

constexpr size_t kLongForm = 0x80;

size_t ByteAt(absl::string_view bytes, size_t at) {
  if (at >= bytes.size()) {
    std::fprintf(stderr, "tests/cases: not DER\n");
    std::abort();
  }
  return static_cast<unsigned char>(bytes[at]);
}

// The sizes of the first element's header and content.
struct Size {
  size_t header;
  size_t content;
};

Size SizeOf(absl::string_view bytes) {
  const size_t first = ByteAt(bytes, 1);
  if (first < kLongForm) return {2, first};
  Size size = {2 + first - kLongForm, 0};
  for (size_t at = 2; at < size.header; ++at) size.content = size.content * 256 + ByteAt(bytes, at);
  return size;
}

}  // namespace

std::string Element(uint8_t tag, absl::string_view content) {
  std::string length;
  for (size_t rest = content.size(); rest > 0; rest /= 256) length.insert(length.begin(), static_cast<char>(rest));
  if (content.size() < kLongForm) {
    length = std::string(1, static_cast<char>(content.size()));
  } else {
    length.insert(length.begin(), static_cast<char>(kLongForm + length.size()));
  }
  return absl::StrCat(std::string(1, static_cast<char>(tag)), length, content);
}

std::vector<std::string> Parts(absl::string_view element) {
  std::vector<std::string> parts;
  absl::string_view rest = element.substr(SizeOf(element).header);
  while (!rest.empty()) {
    const Size size = SizeOf(rest);
    ByteAt(rest, size.header + size.content - 1);
    parts.emplace_back(rest.substr(0, size.header + size.content));
    rest.remove_prefix(parts.back().size());
  }
  return parts;
}

std::string Replaced(absl::string_view element, const std::vector<size_t>& path, absl::string_view with) {
  if (path.empty()) return std::string(with);
  std::vector<std::string> parts = Parts(element);
  std::string& part = parts.at(path.front());
  part = Replaced(part, {path.begin() + 1, path.end()}, with);
  return Element(static_cast<uint8_t>(element.front()), absl::StrJoin(parts, ""));
}

}  // namespace pinion::testing::der
