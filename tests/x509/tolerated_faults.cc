#include "tests/x509/tolerated_faults.h"

#include <openssl/x509_vfy.h>

#include <set>

namespace pinion::x509 {

int PassOverTheTolerated(int ok, X509_STORE_CTX* at) {
  static const auto* const tolerated = new std::set<int>{X509_V_ERR_MISSING_AUTHORITY_KEY_IDENTIFIER,
                                                         X509_V_ERR_AUTHORITY_KEY_IDENTIFIER_CRITICAL,
                                                         X509_V_ERR_MISSING_SUBJECT_KEY_IDENTIFIER,
                                                         X509_V_ERR_SUBJECT_KEY_IDENTIFIER_CRITICAL,
                                                         X509_V_ERR_CA_CERT_MISSING_KEY_USAGE,
                                                         X509_V_ERR_CA_BCONS_NOT_CRITICAL,
                                                         X509_V_ERR_PATHLEN_INVALID_FOR_NON_CA,
                                                         X509_V_ERR_PATHLEN_WITHOUT_KU_KEY_CERT_SIGN,
                                                         X509_V_ERR_SUBJECT_NAME_EMPTY,
                                                         X509_V_ERR_ISSUER_NAME_EMPTY,
                                                         X509_V_ERR_EMPTY_SUBJECT_SAN_NOT_CRITICAL};
  return ok == 1 || tolerated->count(X509_STORE_CTX_get_error(at)) > 0 ? 1 : 0;
}

}  // namespace pinion::x509
