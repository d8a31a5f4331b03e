// A certificate request (PKCS #10, RFC 2986), as a proof that its maker holds the key.
#ifndef PINION_X509_PKI_CERTIFICATE_REQUEST_H_
#define PINION_X509_PKI_CERTIFICATE_REQUEST_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "pinion/x509/encoding/digest.h"
#include "pinion/x509/names.h"

namespace pinion::x509 {

struct CertificateRequest {
  Sha256Digest spki_digest = {};
  // The names that it asks for.
  SubjectAltNames names;
  // The organizational units (OU) of its subject, in UTF-8 and in order.
  std::vector<std::string> units;
};

// Reads PEM with exactly one block, or DER, and verifies the request's signature by its own key. Returns
// InvalidArgument, with a description, for other input, a signature that is wrong or made with another hash than
// SHA-256, SHA-384 or SHA-512, a key that Pinion does not accept, and names that a certificate could not have.
absl::StatusOr<CertificateRequest> ReadCertificateRequest(absl::string_view bytes);

}  // namespace pinion::x509

#endif  // PINION_X509_PKI_CERTIFICATE_REQUEST_H_
