#include "pinion/json/string_literal.h"

#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"

namespace pinion::json {
namespace {

// The number of bytes that follow this lead byte in UTF-8; -1 if it is not a lead byte.
int BytesAfter(uint8_t lead) {
  if (lead < 0x80) return 0;
  if (lead >= 0xc2 && lead <= 0xdf) return 1;
  if (lead >= 0xe0 && lead <= 0xef) return 2;
  if (lead >= 0xf0 && lead <= 0xf4) return 3;
  return -1;
}

// Whether `more` + 1 bytes is the shortest encoding of the code point, and the code point is valid.
bool IsProper(uint32_t point, int more) {
  constexpr uint32_t kLeast[] = {0, 0x80, 0x800, 0x10000};
  return point >= kLeast[more] && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
}

// Removes one code point from the front; if the bytes are not UTF-8, removes one byte and returns it.
uint32_t TakePoint(absl::string_view* text) {
  const auto lead = static_cast<uint8_t>(text->front());
  text->remove_prefix(1);
  const int more = BytesAfter(lead);
  if (more <= 0 || text->size() < static_cast<size_t>(more)) return lead;
  uint32_t point = lead & (0x3f >> more);
  for (int i = 0; i < more; ++i) {
    const auto next = static_cast<uint8_t>((*text)[i]);
    if ((next & 0xc0) != 0x80) return lead;
    point = point << 6 | (next & 0x3f);
  }
  if (!IsProper(point, more)) return lead;
  text->remove_prefix(more);
  return point;
}

void AppendEscaped(uint32_t point, std::string* literal) {
  if (point > 0xffff) {
    point -= 0x10000;
    AppendEscaped(0xd800 + (point >> 10), literal);
    AppendEscaped(0xdc00 + (point & 0x3ff), literal);
  } else if (point == '"' || point == '\\') {
    literal->push_back('\\');
    literal->push_back(static_cast<char>(point));
  } else if (point < 0x80 && absl::ascii_isprint(static_cast<unsigned char>(point))) {
    literal->push_back(static_cast<char>(point));
  } else {
    absl::StrAppendFormat(literal, "\\u%04x", point);
  }
}

}  // namespace

std::string StringLiteral(absl::string_view text) {
  std::string literal = "\"";
  literal.reserve(text.size() + 2);
  while (!text.empty()) AppendEscaped(TakePoint(&text), &literal);
  literal.push_back('"');
  return literal;
}

}  // namespace pinion::json
