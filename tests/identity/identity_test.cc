#include "pinion/identity/identity.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "pinion/testing/matchers.h"
#include "pinion/testing/or_die.h"
#include "pinion/testing/test_ca.h"
#include "pinion/x509/encoding/pem.h"
#include "pinion/x509/pki/issue.h"

namespace pinion {
namespace {

using ::testing::HasSubstr;
using testing::HoldsNoLineOf;
using testing::IsOk;
using testing::IssuedCertificate;
using testing::OrDie;
using ::testing::StartsWith;
using testing::StatusIs;
using testing::TestCa;
using x509::Purpose;

constexpr char kEncryptedKey[] =
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAoGCCqGSIb3DQEB\n-----END ENCRYPTED PRIVATE KEY-----\n";

class IdentityTest : public ::testing::Test {
 protected:
  IdentityPem Good() const { return {leaf_.CertificatePem(), leaf_.PrivateKeyPem()}; }

  // The error for these texts, which must be InvalidArgument and hold nothing of any private key among them.
  std::string ErrorOf(const IdentityPem& pem) const {
    const absl::StatusOr<std::shared_ptr<const Identity>> identity = Identity::FromPem(pem);
    EXPECT_EQ(identity.status().code(), absl::StatusCode::kInvalidArgument);
    std::string error(identity.status().message());
    for (const std::string* text : {&pem.certificate, &pem.private_key}) {
      EXPECT_THAT(error, HoldsNoLineOf(*text));
    }
    return error;
  }

  absl::Status CheckUsable(const Identity& identity, Purpose purpose, absl::Time now) const {
    return identity.FindPath(roots_, purpose, now).status();
  }

  const TestCa ca_;
  const x509::TrustRoots roots_ = OrDie(x509::TrustRoots::FromPem(ca_.RootPem()));
  const IssuedCertificate leaf_ = ca_.Issue({"a.test"});
  const IssuedCertificate other_ = ca_.Issue({"a.test"});
};

TEST_F(IdentityTest, HoldsWhatItWasGiven) {
  const IssuedCertificate below = ca_.Intermediate("sub CA").Issue({"a.test"});
  const auto identity = OrDie(Identity::FromPem({below.CertificatePem(), below.PrivateKeyPem()}));
  EXPECT_EQ(identity->certificate().der(), below.chain.front());
  EXPECT_EQ(identity->CertificatePem(), below.CertificatePem());
  EXPECT_EQ(identity->private_key().ToPem(), below.PrivateKeyPem());
}

TEST_F(IdentityTest, NamesThePartThatIsEmpty) {
  IdentityPem pem = Good();
  pem.certificate = "";
  EXPECT_EQ(ErrorOf(pem), "identity: certificate: there is no certificate in it");
  pem = Good();
  pem.private_key = "";
  EXPECT_EQ(ErrorOf(pem), "identity: private_key: there is no private key in it");
}

TEST_F(IdentityTest, NamesThePartThatIsSomethingElse) {
  IdentityPem pem = Good();
  std::swap(pem.certificate, pem.private_key);
  EXPECT_EQ(ErrorOf(pem), "identity: certificate: there is no certificate in it");
  pem = Good();
  pem.private_key = pem.certificate;
  EXPECT_EQ(ErrorOf(pem), "identity: private_key: there is no private key in it");
  pem = Good();
  pem.certificate += x509::WritePem("X509 CRL", "0");
  EXPECT_THAT(ErrorOf(pem), StartsWith("identity: certificate: a block is not a certificate but \"X509 CRL\""));
}

// As Kubernetes writes the certificates of its pods.
TEST_F(IdentityTest, OneFileMayHoldTheKeyAndTheChain) {
  IdentityPem pem = Good();
  pem.certificate = pem.private_key + pem.certificate;
  pem.private_key = pem.certificate;
  const std::shared_ptr<const Identity> identity = OrDie(Identity::FromPem(pem));
  EXPECT_EQ(identity->CertificatePem(), Good().certificate);
  EXPECT_EQ(identity->private_key().ToPem(), Good().private_key);
}

TEST_F(IdentityTest, TakesNoPartOfAFaultyText) {
  IdentityPem pem = Good();
  pem.certificate += other_.CertificatePem().substr(0, 300);
  EXPECT_THAT(ErrorOf(pem), StartsWith("identity: certificate: "));
  pem = Good();
  pem.private_key = pem.private_key.substr(0, pem.private_key.size() / 2);
  EXPECT_THAT(ErrorOf(pem), StartsWith("identity: private_key: PEM block 1 is garbled at line "));
}

TEST_F(IdentityTest, RefusesAKeyOfAnotherCertificateAndShowsBothPins) {
  IdentityPem pem = Good();
  pem.private_key = other_.PrivateKeyPem();
  EXPECT_EQ(ErrorOf(pem), absl::StrCat("identity: private_key: it is not the key of the first certificate in "
                                       "certificate; the key's pin is ",
                                       other_.SpkiPin(), ", the certificate's is ", leaf_.SpkiPin()));
}

TEST_F(IdentityTest, WantsTheLeafFirst) {
  const IssuedCertificate below = ca_.Intermediate("sub CA").Issue({"a.test"});
  const std::string turned = x509::EncodePem(below.chain[1]) + x509::EncodePem(below.chain[0]);
  EXPECT_THAT(ErrorOf({turned, below.PrivateKeyPem()}),
              StartsWith("identity: private_key: it is not the key of the first certificate in certificate; "));
}

TEST_F(IdentityTest, RefusesTwoKeysAndEncryptedOnes) {
  IdentityPem pem = Good();
  pem.private_key += other_.PrivateKeyPem();
  EXPECT_EQ(ErrorOf(pem), "identity: private_key: there is more than one private key");
  pem.private_key = kEncryptedKey;
  EXPECT_THAT(ErrorOf(pem),
              StartsWith("identity: private_key: the private key is encrypted; Pinion needs it unencrypted"));
}

TEST_F(IdentityTest, NeverLoadsAnOpenSslEngine) {
  IdentityPem pem = Good();
  pem.private_key = "engine:dynamic:key";
  EXPECT_EQ(ErrorOf(pem), "identity: private_key: there is no private key in it");
  // gRPC receives a new encoding of the key that was read.
  pem.private_key = "engine:dynamic:key\n" + leaf_.PrivateKeyPem();
  EXPECT_EQ(OrDie(Identity::FromPem(pem))->private_key().ToPem(), leaf_.PrivateKeyPem());
}

TEST_F(IdentityTest, IsUsableForWhatItsCertificateIsFor) {
  const absl::Time now = ca_.now();
  const auto both = OrDie(Identity::FromPem(Good()));
  EXPECT_THAT(CheckUsable(*both, Purpose::kServerAuth, now), IsOk());
  EXPECT_THAT(CheckUsable(*both, Purpose::kClientAuth, now), IsOk());
  const IssuedCertificate client = ca_.Issue({"a.test"}, [](auto& recipe) { recipe.server_auth = false; });
  const auto identity = OrDie(Identity::FromPem({client.CertificatePem(), client.PrivateKeyPem()}));
  EXPECT_THAT(CheckUsable(*identity, Purpose::kClientAuth, now), IsOk());
  EXPECT_THAT(CheckUsable(*identity, Purpose::kServerAuth, now),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(StartsWith("identity: peers would refuse our own certificate as a server's: "
                                        "WRONG_PURPOSE: the certificate: "),
                             HasSubstr("; ours is subject \"CN=test leaf\", issuer \"CN=Test CA\", valid "))));
}

TEST_F(IdentityTest, IsUsableWhileItsCertificateIsValid) {
  const auto identity = OrDie(Identity::FromPem(Good()));
  const absl::Time begin = identity->certificate().not_before();
  const absl::Time end = identity->certificate().not_after();
  EXPECT_THAT(CheckUsable(*identity, Purpose::kClientAuth, begin), IsOk());
  EXPECT_THAT(CheckUsable(*identity, Purpose::kClientAuth, end - absl::Seconds(1)), IsOk());
  EXPECT_THAT(CheckUsable(*identity, Purpose::kClientAuth, begin - absl::Seconds(1)),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       StartsWith("identity: peers would refuse our own certificate as a client's: "
                                  "CERTIFICATE_NOT_YET_VALID: ")));
  EXPECT_THAT(CheckUsable(*identity, Purpose::kClientAuth, end + absl::Seconds(1)),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr(": CERTIFICATE_EXPIRED: ")));
}

TEST_F(IdentityTest, HasAPathToTheRootsOfThisProcessWhereItLeadsToThem) {
  const IssuedCertificate below = ca_.Intermediate("sub CA").Issue({"a.test"});
  const auto identity = OrDie(Identity::FromPem({below.CertificatePem(), below.PrivateKeyPem()}));
  const auto path = OrDie(identity->FindPath(roots_, Purpose::kServerAuth, ca_.now()));
  ASSERT_EQ(path.size(), 3);
  EXPECT_EQ(path.back().digest(), roots_.certificates().front().digest());
}

// A public server certificate beside a private CA for clients.
TEST_F(IdentityTest, EndsAtItsOwnLastCaWhereItLeadsElsewhere) {
  const IssuedCertificate below = ca_.Intermediate("sub CA").Issue({"a.test"});
  const auto identity = OrDie(Identity::FromPem({below.CertificatePem(), below.PrivateKeyPem()}));
  const x509::TrustRoots elsewhere = OrDie(x509::TrustRoots::FromPem(TestCa().RootPem()));
  const auto path = OrDie(identity->FindPath(elsewhere, Purpose::kServerAuth, ca_.now()));
  ASSERT_EQ(path.size(), 2);
  EXPECT_EQ(path.back().der(), below.chain[1]);
}

TEST_F(IdentityTest, OfALeafAloneEndsAtTheLeafAndIsStillJudged) {
  // A CA with the name of the leaf's issuer, but with another key.
  const x509::TrustRoots elsewhere = OrDie(x509::TrustRoots::FromPem(TestCa().RootPem()));
  const auto identity = OrDie(Identity::FromPem(Good()));
  EXPECT_EQ(OrDie(identity->FindPath(elsewhere, Purpose::kServerAuth, ca_.now())).size(), 1);
  EXPECT_THAT(
      identity->FindPath(elsewhere, Purpose::kServerAuth, identity->certificate().not_after() + absl::Seconds(1)),
      StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr(": CERTIFICATE_EXPIRED: ")));
  const IssuedCertificate client = ca_.Issue({"a.test"}, [](auto& recipe) { recipe.server_auth = false; });
  EXPECT_THAT(OrDie(Identity::FromPem({client.CertificatePem(), client.PrivateKeyPem()}))
                  ->FindPath(elsewhere, Purpose::kServerAuth, ca_.now()),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr(": WRONG_PURPOSE: ")));
}

TEST_F(IdentityTest, NamesTheFilesThatItsTextsCameFrom) {
  const IdentityFiles files = {"leaf.pem", "key.pem"};
  EXPECT_THAT(Identity::FromPem({"", leaf_.PrivateKeyPem()}, files),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "identity: certificate_file (leaf.pem): there is no certificate in it"));
  EXPECT_THAT(Identity::FromPem({leaf_.CertificatePem(), other_.PrivateKeyPem()}, files),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       absl::StrCat("identity: private_key_file (key.pem): it is not the key of the first certificate "
                                    "in certificate_file (leaf.pem); the key's pin is ",
                                    other_.SpkiPin(), ", the certificate's is ", leaf_.SpkiPin())));
}

}  // namespace
}  // namespace pinion
