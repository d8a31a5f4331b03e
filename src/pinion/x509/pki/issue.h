// Makes certificates: for development CAs and for tests, which need faulty ones too.
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

// What a certificate is to say. The defaults make a sound leaf but for its names and times.
struct CertificateRecipe {
  std::string common_name;
  std::vector<std::string> dns;
  std::vector<std::string> uris;
  std::vector<std::string> addresses;  // in text
  // When set, the subjectAltName extension's DER instead of the names above.
  std::optional<std::string> raw_subject_alt_name;
  absl::Time not_before = absl::InfinitePast();
  absl::Time not_after = absl::InfinitePast();
  bool server_auth = true;
  bool client_auth = true;
  bool is_ca = false;
  // How many CAs may follow a CA; less than 0: any number.
  int path_length = -1;
  // OpenSSL's name of the signature's hash. Not used with Ed25519 keys.
  std::string signature_hash = "SHA256";
};

// The issuer's certificate and its key.
struct Issuer {
  Certificate certificate;
  PrivateKey key;
};

// The DER of a certificate for `subject_key`, signed by `issuer`; self-signed where that is null. InvalidArgument for
// names or times that cannot be written, Internal when OpenSSL fails. A recipe for a certificate that
// Certificate::FromDer refuses is carried out too.
absl::StatusOr<std::string> IssueCertificate(const CertificateRecipe& recipe, const PrivateKey& subject_key,
                                             const Issuer* issuer);

// What a leaf certificate says, to make another like it: its common name, names, times and extended key usages.
CertificateRecipe RecipeOf(const Certificate& certificate);

}  // namespace pinion::x509

#endif  // PINION_X509_PKI_ISSUE_H_
