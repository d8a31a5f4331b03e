// Issues certificates for development CAs and for tests, including invalid ones.
#ifndef PINION_X509_PKI_ISSUE_H_
#define PINION_X509_PKI_ISSUE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "pinion/x509/certificate.h"
#include "pinion/x509/key.h"

namespace pinion::x509 {

// The contents of a certificate. With the defaults, it is a valid leaf except for its names and times.
struct CertificateRecipe {
  std::string common_name;
  std::vector<std::string> dns;
  std::vector<std::string> uris;
  std::vector<std::string> addresses;  // as text
  // If set, the DER of the subjectAltName extension, which replaces the names above.
  std::optional<std::string> raw_subject_alt_name;
  absl::Time not_before = absl::InfinitePast();
  absl::Time not_after = absl::InfinitePast();
  bool server_auth = true;
  bool client_auth = true;
  bool is_ca = false;
  // The maximum number of CAs below a CA (pathLen); negative means no limit.
  int path_length = -1;
  // OpenSSL's name for the hash of the signature. Not used with Ed25519 keys.
  std::string signature_hash = "SHA256";
};

// The issuer's certificate and its key.
struct Issuer {
  Certificate certificate;
  PrivateKey key;
};

// Returns the DER of a certificate for `subject_key`, signed by `issuer`; self-signed if `issuer` is null. Returns
// InvalidArgument for names or times that cannot be encoded, and Internal if OpenSSL fails. Also issues certificates
// that Certificate::FromDer rejects.
absl::StatusOr<std::string> IssueCertificate(const CertificateRecipe& recipe, const PrivateKey& subject_key,
                                             const Issuer* issuer);

// The recipe for a certificate like this leaf: its common name, names, times and extended key usages.
CertificateRecipe RecipeOf(const Certificate& certificate);

}  // namespace pinion::x509

#endif  // PINION_X509_PKI_ISSUE_H_
