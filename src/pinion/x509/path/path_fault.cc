#include "pinion/x509/path/path_fault.h"

#include <openssl/x509_vfy.h>

#include <algorithm>
#include <iterator>

namespace pinion::x509 {
namespace {

constexpr struct {
  int verify_error;
  PathCause cause;
} kCauses[] = {
    {X509_V_ERR_UNSPECIFIED, PathCause::kOurSide},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, PathCause::kNoIssuer},
    {X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE, PathCause::kBadSignature},
    {X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY, PathCause::kKey},
    {X509_V_ERR_CERT_SIGNATURE_FAILURE, PathCause::kBadSignature},
    {X509_V_ERR_CERT_NOT_YET_VALID, PathCause::kNotYetValid},
    {X509_V_ERR_CERT_HAS_EXPIRED, PathCause::kExpired},
    {X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD, PathCause::kMalformed},
    {X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD, PathCause::kMalformed},
    {X509_V_ERR_OUT_OF_MEM, PathCause::kOurSide},
    {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, PathCause::kSelfSigned},
    {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, PathCause::kOtherRoot},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, PathCause::kNoIssuer},
    {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, PathCause::kNoIssuer},
    {X509_V_ERR_CERT_CHAIN_TOO_LONG, PathCause::kTooLong},
    {X509_V_ERR_NO_ISSUER_PUBLIC_KEY, PathCause::kKey},
    {X509_V_ERR_PATH_LENGTH_EXCEEDED, PathCause::kTooLong},
    {X509_V_ERR_INVALID_PURPOSE, PathCause::kWrongUsage},
    {X509_V_ERR_SUBJECT_ISSUER_MISMATCH, PathCause::kNoIssuer},
    {X509_V_ERR_AKID_SKID_MISMATCH, PathCause::kNoIssuer},
    {X509_V_ERR_AKID_ISSUER_SERIAL_MISMATCH, PathCause::kNoIssuer},
    {X509_V_ERR_KEYUSAGE_NO_CERTSIGN, PathCause::kNotACa},
    {X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION, PathCause::kMalformed},
    {X509_V_ERR_INVALID_NON_CA, PathCause::kWrongUsage},
    {X509_V_ERR_PROXY_PATH_LENGTH_EXCEEDED, PathCause::kTooLong},
    {X509_V_ERR_KEYUSAGE_NO_DIGITAL_SIGNATURE, PathCause::kWrongUsage},
    {X509_V_ERR_PROXY_CERTIFICATES_NOT_ALLOWED, PathCause::kMalformed},
    {X509_V_ERR_INVALID_EXTENSION, PathCause::kMalformed},
    {X509_V_ERR_INVALID_POLICY_EXTENSION, PathCause::kMalformed},
    {X509_V_ERR_NO_EXPLICIT_POLICY, PathCause::kPolicy},
    {X509_V_ERR_UNSUPPORTED_EXTENSION_FEATURE, PathCause::kMalformed},
    {X509_V_ERR_UNNESTED_RESOURCE, PathCause::kNameConstraint},
    {X509_V_ERR_PERMITTED_VIOLATION, PathCause::kNameConstraint},
    {X509_V_ERR_EXCLUDED_VIOLATION, PathCause::kNameConstraint},
    {X509_V_ERR_SUBTREE_MINMAX, PathCause::kNameConstraint},
    {X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE, PathCause::kNameConstraint},
    {X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX, PathCause::kNameConstraint},
    {X509_V_ERR_UNSUPPORTED_NAME_SYNTAX, PathCause::kNameConstraint},
    {X509_V_ERR_EE_KEY_TOO_SMALL, PathCause::kKey},
    {X509_V_ERR_CA_KEY_TOO_SMALL, PathCause::kKey},
    {X509_V_ERR_CA_MD_TOO_WEAK, PathCause::kSignature},
    {X509_V_ERR_INVALID_CALL, PathCause::kOurSide},
    {X509_V_ERR_STORE_LOOKUP, PathCause::kOurSide},
    {X509_V_ERR_PROXY_SUBJECT_NAME_VIOLATION, PathCause::kMalformed},
    {X509_V_ERR_UNSUPPORTED_SIGNATURE_ALGORITHM, PathCause::kSignature},
    {X509_V_ERR_SIGNATURE_ALGORITHM_MISMATCH, PathCause::kBadSignature},
    {X509_V_ERR_SIGNATURE_ALGORITHM_INCONSISTENCY, PathCause::kMalformed},
    {X509_V_ERR_INVALID_CA, PathCause::kNotACa},
    {X509_V_ERR_PATHLEN_INVALID_FOR_NON_CA, PathCause::kMalformed},
    {X509_V_ERR_PATHLEN_WITHOUT_KU_KEY_CERT_SIGN, PathCause::kMalformed},
    {X509_V_ERR_KU_KEY_CERT_SIGN_INVALID_FOR_NON_CA, PathCause::kWrongUsage},
    {X509_V_ERR_ISSUER_NAME_EMPTY, PathCause::kMalformed},
    {X509_V_ERR_SUBJECT_NAME_EMPTY, PathCause::kMalformed},
    {X509_V_ERR_MISSING_AUTHORITY_KEY_IDENTIFIER, PathCause::kMalformed},
    {X509_V_ERR_MISSING_SUBJECT_KEY_IDENTIFIER, PathCause::kMalformed},
    {X509_V_ERR_EMPTY_SUBJECT_ALT_NAME, PathCause::kMalformed},
    {X509_V_ERR_EMPTY_SUBJECT_SAN_NOT_CRITICAL, PathCause::kMalformed},
    {X509_V_ERR_CA_BCONS_NOT_CRITICAL, PathCause::kMalformed},
    {X509_V_ERR_AUTHORITY_KEY_IDENTIFIER_CRITICAL, PathCause::kMalformed},
    {X509_V_ERR_SUBJECT_KEY_IDENTIFIER_CRITICAL, PathCause::kMalformed},
    {X509_V_ERR_CA_CERT_MISSING_KEY_USAGE, PathCause::kMalformed},
    {X509_V_ERR_EXTENSIONS_REQUIRE_VERSION_3, PathCause::kMalformed},
    {X509_V_ERR_EC_KEY_EXPLICIT_PARAMS, PathCause::kKey},
};

}  // namespace

std::optional<PathCause> CauseOf(int verify_error) {
  const auto* const found = std::find_if(std::begin(kCauses), std::end(kCauses),
                                         [verify_error](const auto& one) { return one.verify_error == verify_error; });
  if (found == std::end(kCauses)) return std::nullopt;
  return found->cause;
}

}  // namespace pinion::x509
