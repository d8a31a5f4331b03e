// What a certificate on a path may be: its purpose, version, key and signature.
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/x509v3.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "pinion/testing/or_die.h"
#include "pinion/testing/test_ca.h"
#include "pinion/x509/certificate.h"
#include "pinion/x509/path/path.h"
#include "pinion/x509/pki/issue.h"
#include "tests/x509/resigned.h"

namespace pinion::x509 {
namespace {

using ::pinion::testing::OrDie;
using ::pinion::testing::TestCa;
using ::testing::StartsWith;

const absl::Time kNow = absl::FromCivil(absl::CivilSecond(2026, 6, 1, 12, 0, 0), absl::UTCTimeZone());

const TestCa& Root() {
  static const auto* const ca = new TestCa("Path Root", kNow);
  return *ca;
}

PathOutcome Judge(const std::vector<std::string>& chain, Purpose purpose = Purpose::kServerAuth,
                  const TestCa& root = Root()) {
  std::vector<Certificate> certificates;
  certificates.reserve(chain.size());
  for (const std::string& der : chain) certificates.push_back(OrDie(Certificate::FromDer(der)));
  const Certificate leaf = certificates.front();
  certificates.erase(certificates.begin());
  return BuildPath(leaf, certificates, OrDie(TrustRoots::FromPem(root.RootPem())), purpose, kNow);
}

// Judges the sound leaf after `edit`.
PathOutcome JudgeLeaf(const std::function<void(X509*)>& edit) {
  return Judge({Resigned(Root().Issue({"a.test"}).chain.front(), Root().issuer().key, edit)});
}

// Judges the sound leaf below a CA that `edit` has changed.
PathOutcome JudgeIssuer(const std::function<void(X509*)>& edit, Purpose purpose = Purpose::kServerAuth) {
  const TestCa ca = Root().Intermediate("Path Intermediate");
  return Judge({ca.Issue({"a.test"}).chain.front(), Resigned(ca.certificate().der(), Root().issuer().key, edit)},
               purpose);
}

std::function<void(X509*)> With(int nid, const std::string& value) {
  return [nid, value](X509* certificate) { SetExtension(certificate, nid, value); };
}

void ExpectRefused(const PathOutcome& outcome, v1::Reason reason, const std::string& detail) {
  EXPECT_EQ(v1::Reason_Name(outcome.reason), v1::Reason_Name(reason));
  EXPECT_THAT(outcome.detail, StartsWith(detail));
  EXPECT_TRUE(outcome.path.empty());
}

void ExpectAccepted(const PathOutcome& outcome) {
  EXPECT_EQ(v1::Reason_Name(outcome.reason), "ACCEPTED") << outcome.detail;
}

TEST(PathRulesTest, ALeafIsForItsSideOfTls) {
  const std::vector<std::string> server =
      Root().Issue({"a.test"}, [](auto& recipe) { recipe.client_auth = false; }).chain;
  const std::vector<std::string> client =
      Root().Issue({"a.test"}, [](auto& recipe) { recipe.server_auth = false; }).chain;
  constexpr char kError[] = "the certificate: unsuitable certificate purpose";
  ExpectAccepted(Judge(server, Purpose::kServerAuth));
  ExpectAccepted(Judge(client, Purpose::kClientAuth));
  ExpectRefused(Judge(server, Purpose::kClientAuth), v1::WRONG_PURPOSE, kError);
  ExpectRefused(Judge(client, Purpose::kServerAuth), v1::WRONG_PURPOSE, kError);
  ExpectRefused(JudgeLeaf(With(NID_ext_key_usage, "codeSigning")), v1::WRONG_PURPOSE, kError);
  ExpectRefused(JudgeLeaf(With(NID_ext_key_usage, "anyExtendedKeyUsage")), v1::WRONG_PURPOSE, kError);
  ExpectRefused(JudgeLeaf(With(NID_key_usage, "critical,cRLSign")), v1::WRONG_PURPOSE, kError);
}

TEST(PathRulesTest, ALeafWhoseKeyUsageLacksDigitalSignatureSignsNoHandshake) {
  constexpr char kError[] = "the certificate has a keyUsage without digitalSignature";
  for (const Purpose purpose : {Purpose::kServerAuth, Purpose::kClientAuth}) {
    const auto judge = [purpose](const std::string& usage) {
      const auto sound = Root().Issue({"a.test"});
      return Judge({Resigned(sound.chain.front(), Root().issuer().key, With(NID_key_usage, usage))}, purpose);
    };
    ExpectRefused(judge("critical,keyAgreement"), v1::WRONG_PURPOSE, kError);
    ExpectRefused(judge("keyAgreement,keyEncipherment,dataEncipherment,nonRepudiation"), v1::WRONG_PURPOSE, kError);
    ExpectAccepted(judge("critical,digitalSignature"));
    ExpectAccepted(judge("critical,digitalSignature,keyEncipherment"));
    ExpectAccepted(judge(""));
  }
  ExpectRefused(JudgeLeaf(With(NID_key_usage, "critical,keyEncipherment")), v1::WRONG_PURPOSE, kError);
}

TEST(PathRulesTest, ALeafIsNoCa) {
  const std::string ca = Root().Intermediate("Sub").certificate().der();
  ExpectRefused(Judge({ca}), v1::WRONG_PURPOSE, "the certificate: unsuitable certificate purpose");
  // The same holds for a CA's certificate that may also be used for TLS.
  const std::string for_tls =
      Resigned(ca, Root().issuer().key, With(NID_key_usage, "critical,keyCertSign,digitalSignature"));
  ExpectRefused(Judge({for_tls}), v1::WRONG_PURPOSE, "the certificate is a CA's, not a peer's");
  ExpectRefused(Judge({Root().certificate().der()}), v1::WRONG_PURPOSE, "the certificate");
}

TEST(PathRulesTest, ALeafSignsNoCertificates) {
  ExpectRefused(JudgeLeaf(With(NID_key_usage, "critical,digitalSignature,keyCertSign")), v1::WRONG_PURPOSE,
                "the certificate: Key usage keyCertSign invalid for non-CA cert");
}

TEST(PathRulesTest, AnIssuerIsACaWithTheRightToSign) {
  ExpectRefused(JudgeIssuer(With(NID_basic_constraints, "critical,CA:FALSE")), v1::CHAIN_UNTRUSTED,
                "issuing certificate 1 on its path: ");
  ExpectRefused(JudgeIssuer(With(NID_basic_constraints, "")), v1::CHAIN_UNTRUSTED,
                "issuing certificate 1 on its path: ");
  ExpectRefused(JudgeIssuer(With(NID_key_usage, "critical,digitalSignature")), v1::CHAIN_UNTRUSTED, "");
}

TEST(PathRulesTest, ALeafIssuesNothing) {
  const auto middle = Root().Issue({"middle.test"});
  const Issuer issuer{OrDie(Certificate::FromDer(middle.chain.front())), middle.key.get()};
  CertificateRecipe recipe;
  recipe.common_name = "below a leaf";
  recipe.dns = {"a.test"};
  recipe.not_before = kNow;
  recipe.not_after = kNow + absl::Hours(1);
  const std::string leaf = OrDie(IssueCertificate(recipe, OrDie(PrivateKey::GenerateEc("P-256")), &issuer));
  EXPECT_EQ(v1::Reason_Name(Judge({leaf, middle.chain.front()}).reason), "CHAIN_UNTRUSTED");
}

TEST(PathRulesTest, AnIssuersExtendedKeyUsageBindsWhatIsBelow) {
  ExpectAccepted(JudgeIssuer(With(NID_ext_key_usage, "serverAuth"), Purpose::kServerAuth));
  ExpectRefused(JudgeIssuer(With(NID_ext_key_usage, "serverAuth"), Purpose::kClientAuth), v1::CHAIN_UNTRUSTED,
                "issuing certificate 1 on its path: unsuitable certificate purpose");
}

TEST(PathRulesTest, NameConstraintsOfAnIssuerAreKept) {
  ExpectAccepted(JudgeIssuer(With(NID_name_constraints, "critical,permitted;DNS:test")));
  ExpectRefused(JudgeIssuer(With(NID_name_constraints, "critical,permitted;DNS:other")), v1::CHAIN_UNTRUSTED,
                "the certificate: permitted subtree violation");
}

TEST(PathRulesTest, AnUnknownCriticalExtensionIsUntrusted) {
  ExpectRefused(JudgeLeaf(With(NID_netscape_comment, "critical,DER:0500")), v1::CHAIN_UNTRUSTED,
                "the certificate: unhandled critical extension");
  ExpectAccepted(JudgeLeaf(With(NID_netscape_comment, "DER:0500")));
}

TEST(PathRulesTest, EveryCertificateIsVersion3) {
  ExpectRefused(JudgeLeaf([](X509* certificate) {
                  while (X509_get_ext_count(certificate) > 0) X509_EXTENSION_free(X509_delete_ext(certificate, 0));
                  X509_set_version(certificate, X509_VERSION_1);
                }),
                v1::MALFORMED_CERTIFICATE, "the certificate is not X.509 version 3");
}

TEST(PathRulesTest, KeysOfEveryAllowedKindMakeAPath) {
  for (const auto& key : {PrivateKey::GenerateEc("P-256"), PrivateKey::GenerateEc("P-384"),
                          PrivateKey::GenerateEd25519(), PrivateKey::GenerateRsa(2048)}) {
    ExpectAccepted(Judge(Root().Issue({"a.test"}, *key).chain));
  }
}

TEST(PathRulesTest, WeakOrOddKeysAreRefusedOnTheLeafAndAbove) {
  EVP_PKEY* const explicit_curve = EVP_EC_gen("P-256");
  EVP_PKEY_set_utf8_string_param(explicit_curve, OSSL_PKEY_PARAM_EC_ENCODING, OSSL_PKEY_EC_ENCODING_EXPLICIT);
  const struct {
    EVP_PKEY* key;
    const char* what;
  } cases[] = {
      {EVP_RSA_gen(1024), ": EE certificate key too weak"},
      {EVP_EC_gen("P-521"), " has an EC key on secp521r1"},
      {EVP_EC_gen("secp256k1"), " has an EC key on secp256k1"},
      {EVP_PKEY_Q_keygen(nullptr, nullptr, "ED448"), " has a key of kind ED448"},
      {explicit_curve, ": Certificate public key has explicit ECC parameters"},
  };
  for (const auto& one : cases) {
    const auto set_key = [&one](X509* certificate) { X509_set_pubkey(certificate, one.key); };
    ExpectRefused(JudgeLeaf(set_key), v1::KEY_NOT_ALLOWED, absl::StrCat("the certificate", one.what));
    EVP_PKEY_free(one.key);
  }
}

TEST(PathRulesTest, AWeakKeyOfAnIssuerIsRefused) {
  const PrivateKey weak = OrDie(PrivateKey::GenerateEc("P-521"));
  CertificateRecipe recipe;
  recipe.common_name = "P-521 CA";
  recipe.is_ca = true;
  recipe.not_before = kNow;
  recipe.not_after = kNow + absl::Hours(1);
  const std::string ca = OrDie(IssueCertificate(recipe, weak, &Root().issuer()));
  const Issuer issuer{OrDie(Certificate::FromDer(ca)), weak};
  recipe.common_name = "leaf";
  recipe.is_ca = false;
  const std::string leaf = OrDie(IssueCertificate(recipe, OrDie(PrivateKey::GenerateEc("P-256")), &issuer));
  ExpectRefused(Judge({leaf, ca}), v1::KEY_NOT_ALLOWED,
                "issuing certificate 1 on its path has an EC key on secp521r1; Pinion accepts");
}

TEST(PathRulesTest, WeakSignaturesAreRefusedOnTheLeafAndAbove) {
  const auto sha1 = [](CertificateRecipe& recipe) { recipe.signature_hash = "SHA1"; };
  const auto sha224 = [](CertificateRecipe& recipe) { recipe.signature_hash = "SHA224"; };
  ExpectRefused(Judge(Root().Issue({"a.test"}, sha1).chain), v1::SIGNATURE_NOT_ALLOWED,
                "the certificate: CA signature digest algorithm too weak");
  ExpectRefused(Judge(Root().Issue({"a.test"}, sha224).chain), v1::SIGNATURE_NOT_ALLOWED,
                "the certificate has a signature made with ecdsa-with-SHA224; Pinion accepts");
  ExpectRefused(Judge(Root().Intermediate("Weak", sha1).Issue({"a.test"}).chain), v1::SIGNATURE_NOT_ALLOWED,
                "issuing certificate 1 on its path: CA signature digest algorithm too weak");
  ExpectRefused(Judge(Root().Intermediate("Weak", sha224).Issue({"a.test"}).chain), v1::SIGNATURE_NOT_ALLOWED,
                "issuing certificate 1 on its path has a signature made with ecdsa-with-SHA224");
}

TEST(PathRulesTest, AnAnchorsOwnSignatureCountsForNothing) {
  const TestCa old("Old Root", kNow, [](auto& recipe) { recipe.signature_hash = "SHA1"; });
  ExpectAccepted(Judge(old.Issue({"a.test"}).chain, Purpose::kServerAuth, old));
}

}  // namespace
}  // namespace pinion::x509
