#include "pinion/x509/spki.h"

#include <openssl/asn1.h>
#include <openssl/err.h>

namespace pinion::x509 {
namespace {

struct Element {
  int tag = -1;
  int tag_class = 0;
  absl::string_view whole;
  absl::string_view content;
};

// Takes the first definite-length element off *der; tag -1 when there is none.
Element Take(absl::string_view* der) {
  const auto* begin = reinterpret_cast<const unsigned char*>(der->data());
  const unsigned char* content = begin;
  long length = 0;
  Element element;
  const int result =
      ASN1_get_object(&content, &length, &element.tag, &element.tag_class, static_cast<long>(der->size()));
  constexpr int kErrorOrIndefinite = 0x81;
  if ((result & kErrorOrIndefinite) != 0) {
    ERR_clear_error();
    element.tag = -1;
    return element;
  }
  const size_t header = content - begin;
  element.whole = der->substr(0, header + length);
  element.content = der->substr(header, length);
  der->remove_prefix(element.whole.size());
  return element;
}

}  // namespace

absl::StatusOr<absl::string_view> RawSpki(absl::string_view certificate_der) {
  // Certificate ::= SEQUENCE { tbsCertificate SEQUENCE { [0] version OPTIONAL, serialNumber, signature, issuer,
  // validity, subject, subjectPublicKeyInfo, ... }, ... }
  absl::string_view rest = certificate_der;
  rest = Take(&rest).content;
  rest = Take(&rest).content;
  Element element = Take(&rest);
  if (element.tag_class == V_ASN1_CONTEXT_SPECIFIC && element.tag == 0) element = Take(&rest);
  for (int field = 0; field < 5; ++field) element = Take(&rest);
  if (element.tag != V_ASN1_SEQUENCE || element.tag_class != V_ASN1_UNIVERSAL) {
    return absl::InvalidArgumentError("no SubjectPublicKeyInfo where RFC 5280 has it");
  }
  return element.whole;
}

}  // namespace pinion::x509
