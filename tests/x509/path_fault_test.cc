#include "pinion/x509/path/path_fault.h"

#include <openssl/x509_vfy.h>

#include <map>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace pinion::x509 {
namespace {

// OpenSSL's codes that Pinion never meets, and why. By number, since newer releases have more of them.
const std::map<int, const char*>& Impossible() {
  static const auto* const reasons = [] {
    auto* const all = new std::map<int, const char*>();
    for (const int code : {3, 5, 8, 11, 12, 15, 16, 23, 33, 35, 36, 44, 54})
      (*all)[code] = "no revocation lists are read";
    for (const int code : {27, 28})
      (*all)[code] = "trust settings stand in TRUSTED CERTIFICATE blocks, which are refused";
    (*all)[50] = "there is no verification callback";
    (*all)[55] = "of revocation lists and their paths";
    for (int code = 56; code <= 61; ++code) (*all)[code] = "Suite B is not asked for";
    for (const int code : {62, 63, 64}) (*all)[code] = "names are compared by Pinion";
    for (const int code : {65, 95}) (*all)[code] = "neither DANE nor raw public keys are used";
    (*all)[71] = "certificate transparency is not asked for";
    for (const int code : {73, 74, 75, 96, 97, 98}) (*all)[code] = "OCSP is not asked for";
    return all;
  }();
  return *reasons;
}

// Whether this release of OpenSSL has a text for the code.
bool IsKnown(int code) {
  const absl::string_view words = X509_verify_cert_error_string(code);
  return !absl::StartsWith(words, "unknown certificate verification error") &&
         !absl::StartsWith(words, "Error number ");
}

TEST(PathFaultTest, EachCodeOfOpenSslHasACauseOrCannotOccur) {
  int known = 0;
  for (int code = 1; code < 1000; ++code) {
    if (!IsKnown(code)) {
      EXPECT_FALSE(CauseOf(code).has_value()) << code;
      continue;
    }
    ++known;
    EXPECT_NE(CauseOf(code).has_value(), Impossible().count(code) == 1)
        << code << ": " << X509_verify_cert_error_string(code);
  }
  EXPECT_GE(known, 90);
  EXPECT_FALSE(CauseOf(X509_V_OK).has_value());
}

TEST(PathFaultTest, TheCauseIsWhatHasToBeFixed) {
  EXPECT_EQ(CauseOf(X509_V_ERR_CERT_HAS_EXPIRED), PathCause::kExpired);
  EXPECT_EQ(CauseOf(X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY), PathCause::kNoIssuer);
  EXPECT_EQ(CauseOf(X509_V_ERR_CERT_SIGNATURE_FAILURE), PathCause::kBadSignature);
  EXPECT_EQ(CauseOf(X509_V_ERR_MISSING_AUTHORITY_KEY_IDENTIFIER), PathCause::kMalformed);
  EXPECT_EQ(CauseOf(X509_V_ERR_PERMITTED_VIOLATION), PathCause::kNameConstraint);
  EXPECT_EQ(CauseOf(X509_V_ERR_OUT_OF_MEM), PathCause::kOurSide);
}

}  // namespace
}  // namespace pinion::x509
