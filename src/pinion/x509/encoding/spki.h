// The raw SubjectPublicKeyInfo of a certificate or certificate request.
#ifndef PINION_X509_ENCODING_SPKI_H_
#define PINION_X509_ENCODING_SPKI_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace pinion::x509 {

// The original bytes of subjectPublicKeyInfo in a certificate's DER; a view into `certificate_der`. OpenSSL's accessors
// would re-encode the key, and the digest of the result can differ from the one that other software computes.
absl::StatusOr<absl::string_view> RawSpki(absl::string_view certificate_der);
// The same for a certificate request (RFC 2986 §4.1).
absl::StatusOr<absl::string_view> RawSpkiOfRequest(absl::string_view request_der);

}  // namespace pinion::x509

#endif  // PINION_X509_ENCODING_SPKI_H_
