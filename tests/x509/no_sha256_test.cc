// OpenSSL without SHA-256, as when its configuration activates no provider of it. A digest of uninitialised memory was
// once accepted as a pin.
#include <openssl/evp.h>

#include <string>

#include "gtest/gtest.h"
#include "pinion/testing/or_die.h"
#include "pinion/testing/test_ca.h"
#include "pinion/x509/key.h"
#include "pinion/x509/path/trust_roots.h"

namespace pinion::x509 {
namespace {

using ::pinion::testing::OrDie;
using ::pinion::testing::TestCa;

class NoSha256Test : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(EVP_set_default_properties(nullptr, "provider=none"), 1); }
  void TearDown() override { ASSERT_EQ(EVP_set_default_properties(nullptr, ""), 1); }

  // Made while SHA-256 is available.
  const testing::IssuedCertificate leaf_ = TestCa("CA").Issue({"a.test"});
  const std::string root_pem_ = TestCa("CA").RootPem();
};

TEST_F(NoSha256Test, ThereIsNoDigest) { EXPECT_EQ(Sha256("abc").status().code(), absl::StatusCode::kInternal); }

TEST_F(NoSha256Test, ThereIsNoPinOfAnything) {
  for (const std::string& file : {leaf_.CertificatePem(), leaf_.PrivateKeyPem(), leaf_.key.get().PublicKeyToPem()}) {
    EXPECT_FALSE(FindKeys(file).ok());
  }
}

TEST_F(NoSha256Test, NothingThatHasADigestIsRead) {
  EXPECT_EQ(Certificate::FromDer(leaf_.chain.front()).status().code(), absl::StatusCode::kInternal);
  EXPECT_FALSE(ParsePem(leaf_.CertificatePem()).ok());
  EXPECT_FALSE(TrustRoots::FromPem(root_pem_).ok());
  EXPECT_FALSE(PrivateKey::FromPem(leaf_.PrivateKeyPem()).ok());
  EXPECT_FALSE(PrivateKey::GenerateEc("P-256").ok());
}

TEST_F(NoSha256Test, EverythingWorksOnceItIsAvailableAgain) {
  EXPECT_EQ(EVP_set_default_properties(nullptr, ""), 1);
  EXPECT_EQ(OrDie(FindKeys(leaf_.CertificatePem())).front().spki_digest, leaf_.key.get().spki_digest());
}

}  // namespace
}  // namespace pinion::x509
