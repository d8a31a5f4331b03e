#include "pinion/x509/encoding/der.h"

#include <openssl/asn1.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace pinion::x509 {
namespace {

constexpr size_t kMostLevels = 32;
constexpr uint8_t kConstructed = 0x20;
constexpr uint8_t kNumber = 0x1f;
constexpr uint8_t kLongForm = 0x80;

struct Header {
  uint8_t tag = 0;
  size_t header_size = 0;
  size_t size = 0;

  bool is_constructed() const { return (tag & kConstructed) != 0; }
  bool is_universal() const { return (tag & V_ASN1_PRIVATE) == 0; }
  int number() const { return tag & kNumber; }
};

// The functions below return the fault, or "" if there is none.

// Reads the header at the beginning of `rest`, and checks that its element ends within `rest`.
const char* ReadHeader(absl::string_view rest, Header* header) {
  const auto byte = [rest](size_t at) { return static_cast<uint8_t>(rest[at]); };
  if (rest.size() < 2) return "an element is truncated";
  header->tag = byte(0);
  if (header->number() == kNumber) return "a tag has more than one byte";
  header->header_size = 2;
  header->size = byte(1);
  if (byte(1) == kLongForm) return "a length is indefinite";
  if (byte(1) > kLongForm) {
    const size_t length_bytes = byte(1) - kLongForm;
    if (length_bytes > sizeof(uint32_t) || rest.size() < 2 + length_bytes) return "an element is truncated";
    header->header_size += length_bytes;
    header->size = 0;
    for (size_t i = 0; i < length_bytes; ++i) header->size = header->size << 8 | byte(2 + i);
    if (byte(2) == 0 || header->size < kLongForm) return "a length is not minimal";
  }
  return rest.size() - header->header_size < header->size ? "an element is truncated" : "";
}

// Checks that the universal type is constructed or primitive as DER requires.
const char* CheckForm(const Header& header) {
  if (header.number() == V_ASN1_EOC) return "an end of contents follows no indefinite length";
  if (header.number() == V_ASN1_EXTERNAL) return "";
  const bool holds_elements = header.number() == V_ASN1_SEQUENCE || header.number() == V_ASN1_SET;
  if (holds_elements == header.is_constructed()) return "";
  return holds_elements ? "a SEQUENCE or SET is primitive" : "a string or number is constructed";
}

const char* CheckInteger(absl::string_view content) {
  if (content.empty()) return "an INTEGER is empty";
  if (content.size() == 1) return "";
  const bool next_is_negative = (static_cast<uint8_t>(content[1]) & 0x80) != 0;
  const bool is_padded = static_cast<uint8_t>(content[0]) == (next_is_negative ? 0xff : 0x00);
  return is_padded ? "an INTEGER is not minimal" : "";
}

const char* CheckBitString(absl::string_view content) {
  if (content.empty()) return "a BIT STRING is empty";
  const auto unused = static_cast<uint8_t>(content[0]);
  if (unused > 7 || (content.size() == 1 && unused > 0)) return "a BIT STRING has more unused bits than bits";
  const auto last = static_cast<uint8_t>(content.back());
  return content.size() > 1 && (last & ((1U << unused) - 1)) != 0 ? "unused bits of a BIT STRING are set" : "";
}

const char* CheckObjectIdentifier(absl::string_view content) {
  if (content.empty() || (static_cast<uint8_t>(content.back()) & 0x80) != 0) return "an OBJECT IDENTIFIER is truncated";
  bool begins = true;
  for (const char one : content) {
    const auto byte = static_cast<uint8_t>(one);
    if (begins && byte == 0x80) return "a number of an OBJECT IDENTIFIER is not minimal";
    begins = (byte & 0x80) == 0;
  }
  return "";
}

// YYMMDDHHMMSSZ of UTCTime, or YYYYMMDDHHMMSSZ of GeneralizedTime.
const char* CheckTime(absl::string_view content, size_t size) {
  const bool is_right = content.size() == size && content.back() == 'Z' &&
                        std::all_of(content.begin(), content.end() - 1, absl::ascii_isdigit);
  return is_right ? "" : "a time is not to the second and in UTC";
}

const char* CheckContent(const Header& header, absl::string_view content) {
  switch (header.number()) {
    case V_ASN1_BOOLEAN:
      return content == absl::string_view("\x00", 1) || content == "\xff" ? "" : "a BOOLEAN is neither 00 nor FF";
    case V_ASN1_INTEGER:
    case V_ASN1_ENUMERATED:
      return CheckInteger(content);
    case V_ASN1_BIT_STRING:
      return CheckBitString(content);
    case V_ASN1_NULL:
      return content.empty() ? "" : "a NULL has content";
    case V_ASN1_OBJECT:
      return CheckObjectIdentifier(content);
    case V_ASN1_UTCTIME:
      return CheckTime(content, 13);
    case V_ASN1_GENERALIZEDTIME:
      return CheckTime(content, 15);
    default:
      return "";
  }
}

absl::Status NotDer(absl::string_view fault, size_t at) {
  return absl::InvalidArgumentError(absl::StrCat("not DER: ", fault, ", at byte ", at));
}

}  // namespace

absl::Status CheckDer(absl::string_view bytes) {
  // The ends of the elements that contain the one at `at`, innermost last.
  std::vector<size_t> ends = {bytes.size()};
  size_t at = 0;
  do {
    Header header;
    absl::string_view fault = ReadHeader(bytes.substr(at, ends.back() - at), &header);
    if (fault.empty() && header.is_universal()) fault = CheckForm(header);
    const size_t begin = at + header.header_size;
    const size_t end = begin + header.size;
    if (fault.empty() && header.is_universal() && !header.is_constructed()) {
      fault = CheckContent(header, bytes.substr(begin, header.size));
    }
    if (fault.empty() && at == 0 && end != bytes.size()) fault = "bytes follow the element";
    if (fault.empty() && header.is_constructed() && ends.size() > kMostLevels) fault = "elements are nested too deeply";
    if (!fault.empty()) return NotDer(fault, at);
    if (header.is_constructed()) ends.push_back(end);
    at = header.is_constructed() ? begin : end;
    while (!ends.empty() && at == ends.back()) ends.pop_back();
  } while (!ends.empty());
  return absl::OkStatus();
}

}  // namespace pinion::x509
