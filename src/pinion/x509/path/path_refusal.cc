#include "pinion/x509/path/path_refusal.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "pinion/x509/path/path_rules.h"

namespace pinion::x509 {
namespace {

v1::Reason ReasonOf(int error, int depth) {
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return v1::CERTIFICATE_EXPIRED;
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return v1::CERTIFICATE_NOT_YET_VALID;
    case X509_V_ERR_INVALID_PURPOSE:
    case X509_V_ERR_KU_KEY_CERT_SIGN_INVALID_FOR_NON_CA:
      return depth == 0 ? v1::WRONG_PURPOSE : v1::CHAIN_UNTRUSTED;
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
    case X509_V_ERR_EC_KEY_EXPLICIT_PARAMS:
      return v1::KEY_NOT_ALLOWED;
    case X509_V_ERR_CA_MD_TOO_WEAK:
      return v1::SIGNATURE_NOT_ALLOWED;
    case X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD:
    case X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD:
    case X509_V_ERR_SIGNATURE_ALGORITHM_INCONSISTENCY:
    case X509_V_ERR_EXTENSIONS_REQUIRE_VERSION_3:
      return v1::MALFORMED_CERTIFICATE;
    default:
      return v1::CHAIN_UNTRUSTED;
  }
}

// Pinion's description of OpenSSL's error, if it is more specific.
std::string DetailOf(X509_STORE_CTX* context) {
  const int depth = X509_STORE_CTX_get_error_depth(context);
  const int error = X509_STORE_CTX_get_error(context);
  std::string detail = absl::StrCat(Position(depth), ": ", X509_verify_cert_error_string(error));
  if (error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY) {
    absl::StrAppend(&detail, "; neither the chain that was sent nor the trust roots hold its issuer");
  }
  return detail;
}

}  // namespace

PathOutcome RefusalOf(X509_STORE_CTX* context, PathPlace place) {
  const int error = X509_STORE_CTX_get_error(context);
  const int depth = X509_STORE_CTX_get_error_depth(context);
  PathOutcome outcome;
  outcome.reason = ReasonOf(error, depth);
  outcome.detail = DetailOf(context);
  outcome.cause = CauseOf(error).value_or(PathCause::kUnknown);
  outcome.place = place;
  return outcome;
}

}  // namespace pinion::x509
