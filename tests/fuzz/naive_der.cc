#include "tests/fuzz/naive_der.h"

#include <openssl/asn1.h>
#include <openssl/err.h>

#include <optional>
#include <regex>
#include <set>
#include <string>

namespace pinion::fuzz {
namespace {

// The bound of x509::CheckDer.
constexpr int kMostLevels = 32;

struct Element {
  int number = 0;
  bool is_universal = false;
  bool is_constructed = false;
  absl::string_view whole;
  absl::string_view content;
};

// The first element of `rest`, if its header is as OpenSSL writes it.
std::optional<Element> FirstOf(absl::string_view rest) {
  const auto* const begin = reinterpret_cast<const unsigned char*>(rest.data());
  const unsigned char* next = begin;
  long size = 0;
  int number = 0;
  int tag_class = 0;
  const int form = ASN1_get_object(&next, &size, &number, &tag_class, static_cast<long>(rest.size()));
  ERR_clear_error();
  constexpr int kFailed = 0x80;
  constexpr int kIndefinite = 1;
  constexpr int kFirstLongNumber = 31;
  if ((form & (kFailed | kIndefinite)) != 0 || number >= kFirstLongNumber) return std::nullopt;
  const bool is_constructed = (form & V_ASN1_CONSTRUCTED) != 0;
  unsigned char header[16];
  unsigned char* end = header;
  ASN1_put_object(&end, is_constructed ? 1 : 0, static_cast<int>(size), number, tag_class);
  const absl::string_view written(reinterpret_cast<const char*>(header), end - header);
  const auto header_size = static_cast<size_t>(next - begin);
  if (rest.substr(0, header_size) != written) return std::nullopt;
  return Element{number, tag_class == V_ASN1_UNIVERSAL, is_constructed,
                 rest.substr(0, header_size + static_cast<size_t>(size)),
                 rest.substr(header_size, static_cast<size_t>(size))};
}

bool IsWrittenAlike(absl::string_view element) {
  const auto* next = reinterpret_cast<const unsigned char*>(element.data());
  ASN1_TYPE* const read = d2i_ASN1_TYPE(nullptr, &next, static_cast<long>(element.size()));
  unsigned char* written = nullptr;
  const int size = read == nullptr ? -1 : i2d_ASN1_TYPE(read, &written);
  const bool is_alike =
      size >= 0 && element == absl::string_view(reinterpret_cast<char*>(written), static_cast<size_t>(size));
  OPENSSL_free(written);
  ASN1_TYPE_free(read);
  ERR_clear_error();
  return is_alike;
}

bool IsTime(absl::string_view text, size_t digits) {
  static const auto* const time = new std::regex("[0-9]*Z");
  return text.size() == digits + 1 && std::regex_match(text.begin(), text.end(), *time);
}

// For an element of a universal type.
bool IsValue(const Element& element) {
  switch (element.number) {
    case V_ASN1_EOC:
      return false;
    case V_ASN1_EXTERNAL:
      return true;
    case V_ASN1_SEQUENCE:
    case V_ASN1_SET:
      return element.is_constructed;
    case V_ASN1_BOOLEAN:
      return !element.is_constructed && (element.content == absl::string_view("\0", 1) || element.content == "\xff");
    case V_ASN1_INTEGER:
    case V_ASN1_ENUMERATED:
    case V_ASN1_BIT_STRING:
    case V_ASN1_NULL:
    case V_ASN1_OBJECT:
      return !element.is_constructed && IsWrittenAlike(element.whole);
    case V_ASN1_UTCTIME:
      return !element.is_constructed && IsTime(element.content, 12);
    case V_ASN1_GENERALIZEDTIME:
      return !element.is_constructed && IsTime(element.content, 14);
    default:
      return !element.is_constructed;
  }
}

bool IsDerAtLevel(const Element& element, int level) {
  if (element.is_universal && !IsValue(element)) return false;
  if (!element.is_constructed) return true;
  if (level == kMostLevels) return false;
  for (absl::string_view rest = element.content; !rest.empty();) {
    const std::optional<Element> child = FirstOf(rest);
    if (!child.has_value() || !IsDerAtLevel(*child, level + 1)) return false;
    rest.remove_prefix(child->whole.size());
  }
  return true;
}

// The extensions of RFC 5280 §4.2 whose values must be DER, by the content of their object identifiers.
bool IsReadByRfc5280(absl::string_view kind) {
  static const auto* const kinds = new std::set<absl::string_view>{"\x55\x1d\x0e",
                                                                   "\x55\x1d\x0f",
                                                                   "\x55\x1d\x11",
                                                                   "\x55\x1d\x12",
                                                                   "\x55\x1d\x13",
                                                                   "\x55\x1d\x1e",
                                                                   "\x55\x1d\x1f",
                                                                   "\x55\x1d\x20",
                                                                   "\x55\x1d\x21",
                                                                   "\x55\x1d\x23",
                                                                   "\x55\x1d\x24",
                                                                   "\x55\x1d\x25",
                                                                   "\x55\x1d\x2e",
                                                                   "\x55\x1d\x36",
                                                                   "\x2b\x06\x01\x05\x05\x07\x01\x01",
                                                                   "\x2b\x06\x01\x05\x05\x07\x01\x0b"};
  return kinds->count(kind) > 0;
}

// `extensions` is the content of Extensions (RFC 5280 §4.1).
absl::string_view FaultOfExtensions(absl::string_view extensions) {
  std::set<absl::string_view> kinds;
  for (const absl::string_view extension : ElementsOf(extensions)) {
    const std::vector<absl::string_view> parts = ElementsOf(ContentOf(extension));
    const absl::string_view kind = ContentOf(parts.front());
    if (!kinds.insert(kind).second) return "an extension occurs twice";
    if (IsReadByRfc5280(kind) && !IsDerNaively(ContentOf(parts.back()))) return "an extension's value is not DER";
  }
  return "";
}

absl::string_view FaultOfKey(absl::string_view info) {
  constexpr absl::string_view kRsa = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";
  const std::vector<absl::string_view> parts = ElementsOf(ContentOf(info));
  if (ContentOf(ElementsOf(ContentOf(parts.at(0))).at(0)) != kRsa) return "";
  const absl::string_view bits = ContentOf(parts.at(1));
  return IsDerNaively(bits.substr(1)) ? "" : "an RSA key is not DER";
}

}  // namespace

bool IsDerNaively(absl::string_view bytes) {
  const std::optional<Element> element = FirstOf(bytes);
  return element.has_value() && element->whole.size() == bytes.size() && IsDerAtLevel(*element, 0);
}

absl::string_view ContentOf(absl::string_view element) { return FirstOf(element).value().content; }

std::vector<absl::string_view> ElementsOf(absl::string_view content) {
  std::vector<absl::string_view> elements;
  while (!content.empty()) {
    elements.push_back(FirstOf(content).value().whole);
    content.remove_prefix(elements.back().size());
  }
  return elements;
}

absl::string_view FormFaultOf(absl::string_view certificate) {
  if (!IsDerNaively(certificate)) return "it is not DER";
  const std::vector<absl::string_view> outer = ElementsOf(ContentOf(certificate));
  const std::vector<absl::string_view> inner = ElementsOf(ContentOf(outer.at(0)));
  constexpr char kVersion = '\xa0';
  constexpr char kExtensions = '\xa3';
  const size_t serial = inner.at(0).front() == kVersion ? 1 : 0;
  if (inner.at(serial + 1) != outer.at(1)) return "its two signature algorithms differ";
  if (const absl::string_view fault = FaultOfKey(inner.at(serial + 5)); !fault.empty()) return fault;
  if (inner.back().front() != kExtensions) return "";
  return FaultOfExtensions(ContentOf(ContentOf(inner.back())));
}

}  // namespace pinion::fuzz
