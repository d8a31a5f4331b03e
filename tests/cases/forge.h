// Makes the certificates of a case, with their defects.
#ifndef PINION_TESTS_CASES_FORGE_H_
#define PINION_TESTS_CASES_FORGE_H_

#include <map>
#include <string>

#include "absl/time/time.h"
#include "pinion/v1/handshake_case.pb.h"
#include "pinion/x509/encoding/digest.h"
#include "pinion/x509/pki/issue.h"

namespace pinion::testing {

struct Forged {
  // The certificate as it is presented, which may not be DER.
  std::string der;
  // Digests of the key's bytes in the certificate, and of the key as OpenSSL writes it.
  x509::Sha256Digest spki_digest;
  x509::Sha256Digest reencoded_spki_digest;
  // The certificate's sound form with its key, which issues others.
  x509::Issuer authority;
};

// Makes each certificate when it is first requested. For the test's thread. Aborts the test when a recipe cannot be
// executed.
class Forge {
 public:
  // All times in the certificates are `later` than in the case.
  Forge(const v1::HandshakeCase& one, absl::Duration later);

  const Forged& Get(const std::string& name);

 private:
  const v1::CaseCertificate& RecipeOf(const std::string& name) const;
  Forged Make(const v1::CaseCertificate& recipe);

  const absl::Time now_;
  const absl::Duration later_;
  std::map<std::string, v1::CaseCertificate> recipes_;
  std::map<std::string, Forged> made_;
};

}  // namespace pinion::testing

#endif  // PINION_TESTS_CASES_FORGE_H_
