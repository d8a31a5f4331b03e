// Changes a certificate and signs it again, for faults that a CertificateRecipe cannot express.
#ifndef PINION_TESTS_X509_RESIGNED_H_
#define PINION_TESTS_X509_RESIGNED_H_

#include <functional>
#include <string>

#include "pinion/x509/key.h"

typedef struct x509_st X509;

namespace pinion::x509 {

// The DER after `edit`, encoded anew and signed with `issuer_key`. Aborts the test when OpenSSL fails.
std::string Resigned(const std::string& der, const PrivateKey& issuer_key, const std::function<void(X509*)>& edit);

// Puts the extension `nid` with `value`, in the syntax of OpenSSL's configuration files, in place of the one that is
// there. An empty value only removes.
void SetExtension(X509* certificate, int nid, const std::string& value);

}  // namespace pinion::x509

#endif  // PINION_TESTS_X509_RESIGNED_H_
