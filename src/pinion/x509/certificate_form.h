// The form of a certificate: what its bytes must be before anything in them is believed.
#ifndef PINION_X509_CERTIFICATE_FORM_H_
#define PINION_X509_CERTIFICATE_FORM_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

typedef struct x509_st X509;

namespace pinion::x509 {

// InvalidArgument, saying what is malformed, unless the certificate is DER throughout (in the values of RFC 5280's
// extensions and in an RSA key, too), no extension stands twice, both signature algorithms are the same (RFC 5280
// §4.1.1.2), and its nameConstraints, where it has them, constrain something (§4.2.1.10). `certificate` is `der`,
// parsed by OpenSSL. May be called from any thread.
absl::Status CheckForm(absl::string_view der, const X509* certificate);

}  // namespace pinion::x509

#endif  // PINION_X509_CERTIFICATE_FORM_H_
