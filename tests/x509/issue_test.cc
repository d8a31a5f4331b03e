// Certificates made after the model of others.
#include "pinion/x509/pki/issue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "pinion/testing/or_die.h"
#include "pinion/testing/test_ca.h"
#include "pinion/x509/key.h"

namespace pinion::x509 {
namespace {

using pinion::testing::IssuedCertificate;
using pinion::testing::OrDie;
using pinion::testing::TestCa;
using ::testing::ElementsAre;

TEST(RecipeOf, DescribesTheCertificate) {
  const TestCa ca;
  const IssuedCertificate made = ca.Issue({"a.test", "*.b.test", "spiffe://test/a", "127.0.0.1", "::1"},
                                          [](CertificateRecipe& recipe) { recipe.client_auth = false; });
  const Certificate certificate = OrDie(Certificate::FromDer(made.chain.front()));
  const CertificateRecipe recipe = RecipeOf(certificate);
  EXPECT_EQ(recipe.common_name, "test leaf");
  EXPECT_THAT(recipe.dns, ElementsAre("a.test", "*.b.test"));
  EXPECT_THAT(recipe.uris, ElementsAre("spiffe://test/a"));
  EXPECT_THAT(recipe.addresses, ElementsAre("127.0.0.1", "::1"));
  EXPECT_EQ(recipe.not_before, certificate.not_before());
  EXPECT_EQ(recipe.not_after, certificate.not_after());
  EXPECT_TRUE(recipe.server_auth);
  EXPECT_FALSE(recipe.client_auth);
}

TEST(RecipeOf, MakesACertificateWithTheSameContents) {
  const TestCa ca;
  const IssuedCertificate made = ca.Issue({"a.test", "spiffe://test/a"});
  const Certificate first = OrDie(Certificate::FromDer(made.chain.front()));
  const std::string der = OrDie(IssueCertificate(RecipeOf(first), made.key.get(), &ca.issuer()));
  const Certificate second = OrDie(Certificate::FromDer(der));
  EXPECT_EQ(second.Description(), first.Description());
  EXPECT_EQ(second.names().ToString(), first.names().ToString());
  EXPECT_EQ(second.spki_digest(), first.spki_digest());
  EXPECT_NE(second.digest(), first.digest()) << "the serial number is new";
}

TEST(GenerateAnother, IsOfTheSameKind) {
  const std::vector<PrivateKey> keys = {OrDie(PrivateKey::GenerateEc("P-256")), OrDie(PrivateKey::GenerateEc("P-384")),
                                        OrDie(PrivateKey::GenerateEd25519()), OrDie(PrivateKey::GenerateRsa(2048))};
  for (const PrivateKey& key : keys) {
    const PrivateKey another = OrDie(key.GenerateAnother());
    EXPECT_NE(another.spki_digest(), key.spki_digest());
    EXPECT_EQ(another.PublicKeyToPem().size(), key.PublicKeyToPem().size());
  }
}

TEST(GenerateAnother, IsRefusedForAKindThatPinionRefuses) {
  EXPECT_EQ(std::string(OrDie(PrivateKey::GenerateRsa(1024)).GenerateAnother().status().message()),
            "an RSA key of 1024 bits; Pinion accepts ECDSA P-256 and P-384, Ed25519, and RSA of 2048 to 8192 bits");
}

}  // namespace
}  // namespace pinion::x509
