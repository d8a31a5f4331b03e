// Checks the encoding of a certificate before its contents are used.
#ifndef PINION_X509_CERTIFICATE_FORM_H_
#define PINION_X509_CERTIFICATE_FORM_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

typedef struct x509_st X509;

namespace pinion::x509 {

// Returns InvalidArgument, with the malformed part, unless the certificate is entirely DER (including the values of RFC
// 5280's extensions and an RSA key), no extension occurs twice, both signature algorithms are the same (RFC 5280
// §4.1.1.2), and its nameConstraints, if any, constrain something (§4.2.1.10). `certificate` is `der`, parsed by
// OpenSSL. Thread-safe.
absl::Status CheckForm(absl::string_view der, const X509* certificate);

}  // namespace pinion::x509

#endif  // PINION_X509_CERTIFICATE_FORM_H_
