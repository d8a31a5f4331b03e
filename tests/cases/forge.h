// Makes the certificates of a case, however wrong they are to be.
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
  // As it is presented: maybe no DER at all.
  std::string der;
  // Of the bytes that stand in the certificate, and of the key as OpenSSL writes it.
  x509::Sha256Digest spki_digest;
  x509::Sha256Digest reencoded_spki_digest;
  // Its sound form with its key: what issues others.
  x509::Issuer authority;
};

// Makes each certificate when it is first asked for. For the test's thread. Aborts the test when a recipe cannot be
// carried out.
class Forge {
 public:
  // All times in the certificates are `later` than the case says.
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
