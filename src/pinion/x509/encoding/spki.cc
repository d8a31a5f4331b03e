#include "pinion/x509/encoding/spki.h"

#include <openssl/asn1.h>
#include <openssl/err.h>

#include "absl/strings/str_cat.h"

namespace pinion::x509 {
namespace {

struct Element {
  int tag = -1;
  int tag_class = 0;
  absl::string_view whole;
  absl::string_view content;
};

// Removes the first definite-length element from *der; its tag is -1 if there is none.
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

absl::StatusOr<absl::string_view> SpkiIn(const Element& element, absl::string_view rfc) {
  if (element.tag == V_ASN1_SEQUENCE && element.tag_class == V_ASN1_UNIVERSAL) return element.whole;
  return absl::InvalidArgumentError(absl::StrCat("no SubjectPublicKeyInfo where ", rfc, " has it"));
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
  return SpkiIn(element, "RFC 5280");
}

absl::StatusOr<absl::string_view> RawSpkiOfRequest(absl::string_view request_der) {
  // CertificationRequest ::= SEQUENCE { CertificationRequestInfo SEQUENCE { version, subject, subjectPKInfo, ... }, ...
  // }
  absl::string_view rest = request_der;
  rest = Take(&rest).content;
  rest = Take(&rest).content;
  Element element;
  for (int field = 0; field < 3; ++field) element = Take(&rest);
  return SpkiIn(element, "RFC 2986");
}

}  // namespace pinion::x509
