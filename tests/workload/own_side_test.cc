// What peers would refuse is not adopted: before it adopts a new identity or new roots, a process makes a handshake
// with itself, in memory.
#include "pinion/workload/own_side.h"

#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "pinion/testing/matchers.h"
#include "pinion/x509/pki/issue.h"
#include "tests/workload/trust_state_fixture.h"

namespace pinion {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::IssuedCertificate;
using testing::OrDie;
using testing::StatusIs;
using testing::TestCa;

// A live server "pay.test" that renews its certificate with the key that the pin set lists.
class OwnSideTest : public TrustStateTest {
 protected:
  // The error with which the renewal is held back; the identity in effect must stay.
  std::string HeldBackFor(const std::vector<std::string>& texts) {
    identity_->contents = Texts(first_);
    const auto trust_state = Started();
    identity_->contents = texts;
    trust_state->Reload();
    EXPECT_EQ(trust_state->Status().identity.generation, 1);
    return std::string(trust_state->Status().identity.error.message());
  }
  std::string HeldBackFor(const std::vector<std::string>& names, const TestCa::Edit& edit) {
    return HeldBackFor(Texts(ca_.Issue(names, first_.key, edit)));
  }

  static std::shared_ptr<const Identity> IdentityOf(const IssuedCertificate& own) {
    return OrDie(Identity::FromPem({own.CertificatePem(), own.PrivateKeyPem()}));
  }
  absl::Status Check(const IssuedCertificate& own, const std::string& pins, Side side) const {
    PresentedChains presented;
    std::string warning;
    return CheckOwnSide({IdentityOf(own), roots_, *OrDie(PinSet::FromJson(pins, "pins.json")), side}, now_, &presented,
                        &warning);
  }
  // A pin set with one peer, "orders", that has these members and holds first_'s key.
  std::string Orders(const std::string& members) const {
    return absl::StrCat(R"({"version": 1, "peers": [{"name": "orders", )", members, R"(, "pins": [{"spki": ")",
                        first_.SpkiPin(), R"(", "state": "ACTIVE"}, {"spki": ")", second_.SpkiPin(),
                        R"(", "state": "BACKUP"}]}]})");
  }

  const std::shared_ptr<const x509::TrustRoots> roots_ =
      std::make_shared<x509::TrustRoots>(OrDie(x509::TrustRoots::FromPem(ca_.RootPem())));
};

TEST_F(OwnSideTest, ARenewalWithTheSameNamesIsAdopted) {
  const auto trust_state = Started();
  identity_->contents = Texts(ca_.Issue({"pay.test"}, first_.key));
  trust_state->Reload();
  EXPECT_EQ(trust_state->Status().identity.generation, 2);
}

// The pin still identifies the peer.
TEST_F(OwnSideTest, ARenewalWithoutItsHostNameIsHeldBack) {
  EXPECT_THAT(HeldBackFor({"spiffe://pay.test/pay"}, nullptr), AllOf(HasSubstr("HOST_MISMATCH"), HasSubstr("\"pay\"")));
  EXPECT_THAT(HeldBackFor({"other.test"}, nullptr), HasSubstr("HOST_MISMATCH"));
}

TEST_F(OwnSideTest, ARenewalWithoutAnyNameIsHeldBack) {
  EXPECT_THAT(HeldBackFor({}, nullptr), HasSubstr("HOST_MISMATCH"));
}

TEST_F(OwnSideTest, ARenewalWithoutItsIdentityIsHeldBack) {
  const std::string pins = Orders(R"("hosts": ["pay.test"], "identities": ["spiffe://pay.test/pay"])");
  EXPECT_THAT(Check(ca_.Issue({"pay.test", "spiffe://pay.test/pay"}, first_.key), pins, Side::kServer), IsOk());
  EXPECT_THAT(Check(ca_.Issue({"pay.test"}, first_.key), pins, Side::kServer),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("IDENTITY_MISMATCH")));
}

TEST_F(OwnSideTest, OneHostOfThePeerIsEnough) {
  const std::string pins = Orders(R"("hosts": ["a.test", "b.test", "*.c.test"])");
  for (const char* host : {"b.test", "x.c.test"}) {
    EXPECT_THAT(Check(ca_.Issue({host}, first_.key), pins, Side::kServer), IsOk()) << host;
  }
}

TEST_F(OwnSideTest, AClientNeedsANameOfThePeerWhosePinItHolds) {
  const std::string pins = Orders(R"("identities": ["spiffe://pay.test/orders"])");
  EXPECT_THAT(Check(ca_.Issue({"spiffe://pay.test/orders"}, first_.key), pins, Side::kClient), IsOk());
  for (const std::vector<std::string>& names : {std::vector<std::string>{}, {"spiffe://pay.test/order"}}) {
    EXPECT_THAT(Check(ca_.Issue(names, first_.key), pins, Side::kClient),
                StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("IDENTITY_MISMATCH")));
  }
  // No server could identify this client.
  EXPECT_THAT(Check(ca_.Issue({}), pins, Side::kClient),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("IDENTITY_MISMATCH")));
}

TEST_F(OwnSideTest, AChainOfMoreCertificatesThanPeersTakeIsHeldBack) {
  std::vector<std::string> texts = Texts(first_);
  for (int i = 0; i < 33; ++i) texts[0] += ca_.RootPem();
  EXPECT_THAT(HeldBackFor(texts), HasSubstr("MALFORMED_CERTIFICATE"));
}

TEST_F(OwnSideTest, AChainOfMoreThanAHundredKilobytesIsHeldBack) {
  std::vector<std::string> names = {"pay.test"};
  for (int i = 0; i < 6600; ++i) names.push_back(absl::StrCat("h", i, ".tenants.example"));
  EXPECT_THAT(HeldBackFor(names, nullptr), AllOf(HasSubstr("TLS handshake"), HasSubstr("100 kB")));
}

// A server sends the names of its roots, and TLS has no room for more than 64 kB of them.
TEST_F(OwnSideTest, RootsWithMoreNamesThanTlsHasRoomForAreHeldBackAndNothingElse) {
  const auto trust_state = Started();
  std::string many = ca_.RootPem();
  const TestCa parent;
  for (int i = 0; i < 1000; ++i) {
    many += x509::EncodePem(
        parent.Intermediate(absl::StrCat("Tenant ", 1000 + i, " of Example Industries, Public Key Infrastructure"))
            .certificate()
            .der());
  }
  client_roots_->contents = {{many}};
  identity_->contents = Texts(second_);
  trust_state->Reload();
  EXPECT_EQ(trust_state->Status().client_roots->generation, 1);
  EXPECT_THAT(trust_state->Status().client_roots->error.message(), HasSubstr("64 kB"));
  EXPECT_EQ(trust_state->Status().identity.generation, 2);
}

TEST_F(OwnSideTest, CipherSuitesThatOpenSslCannotUseAreReportedAtTheStart) {
  setenv("GRPC_SSL_CIPHER_SUITES", "NO-SUCH-SUITE", 1);
  EXPECT_THAT(Create(),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("GRPC_SSL_CIPHER_SUITES has no cipher suite")));
  setenv("GRPC_SSL_CIPHER_SUITES", "ECDHE-ECDSA-AES128-GCM-SHA256", 1);
  EXPECT_THAT(Create(), IsOk());
  unsetenv("GRPC_SSL_CIPHER_SUITES");
}

// The environment stands for anything that a second handshake would notice.
TEST_F(OwnSideTest, AnUnchangedIdentityMakesOneHandshakeWithItself) {
  PresentedChains presented;
  const std::shared_ptr<const Identity> own = IdentityOf(first_);
  EXPECT_THAT(presented.Of(own, roots_, Side::kServer), IsOk());
  setenv("GRPC_SSL_CIPHER_SUITES", "NO-SUCH-SUITE", 1);
  EXPECT_THAT(presented.Of(own, roots_, Side::kServer), IsOk());
  EXPECT_FALSE(presented.Of(own, roots_, Side::kClient).ok());
  const auto other_roots = std::make_shared<x509::TrustRoots>(*roots_);
  EXPECT_FALSE(presented.Of(own, other_roots, Side::kServer).ok());
  unsetenv("GRPC_SSL_CIPHER_SUITES");
  // A failure may have been that of a moment.
  EXPECT_THAT(presented.Of(own, other_roots, Side::kServer), IsOk());
  setenv("GRPC_SSL_CIPHER_SUITES", "NO-SUCH-SUITE", 1);
  EXPECT_FALSE(presented.Of(IdentityOf(first_), other_roots, Side::kServer).ok());
  unsetenv("GRPC_SSL_CIPHER_SUITES");
}

// For example after a CA has stopped issuing certificates for one side of TLS.
TEST_F(OwnSideTest, ALostPurposeIsNamedWithTheDaysThatAreLeft) {
  EXPECT_THAT(HeldBackFor({"pay.test"}, [](auto& recipe) { recipe.server_auth = false; }),
              AllOf(HasSubstr("identity: LOST_SERVER_AUTH: "), HasSubstr("WRONG_PURPOSE"),
                    HasSubstr("the certificate in effect stays, and ends in 8")));
}

// One bit of the signature is wrong, which only a check with the issuer's key detects.
TEST_F(OwnSideTest, ARenewalWithADamagedSignatureIsHeldBack) {
  std::string der = ca_.Issue({"pay.test"}, first_.key).chain.front();
  der[der.size() - 10] ^= 1;
  std::vector<std::string> texts = Texts(first_);
  texts[0] = x509::EncodePem(der);
  EXPECT_THAT(HeldBackFor(texts), HasSubstr("CHAIN_UNTRUSTED"));
}

// For example when a certificate of the staging CA is deployed; the other CA may even have the same name.
TEST_F(OwnSideTest, ARenewalByACaThatWeDoNotTrustIsHeldBack) {
  EXPECT_THAT(HeldBackFor(Texts(TestCa().Issue({"pay.test"}, first_.key))), HasSubstr("CHAIN_UNTRUSTED"));
  EXPECT_THAT(HeldBackFor(Texts(TestCa("Staging CA").Issue({"pay.test"}, first_.key))),
              AllOf(HasSubstr("CHAIN_UNTRUSTED"), HasSubstr("Staging CA")));
}

TEST_F(OwnSideTest, ARenewalByACaThatIsAddedToTheRootsIsAdopted) {
  const auto trust_state = Started();
  const TestCa next("Next CA");
  client_roots_->contents = {{ca_.RootPem() + next.RootPem()}};
  identity_->contents = Texts(next.Issue({"pay.test"}, first_.key));
  trust_state->Reload();
  EXPECT_EQ(trust_state->Status().identity.generation, 2);
}

TEST_F(OwnSideTest, ARenewalOfACertificateThatNeverLedToOurRootsIsAdopted) {
  const TestCa other("Public CA");
  identity_->contents = Texts(other.Issue({"pay.test"}, first_.key));
  const auto trust_state = Started();
  identity_->contents = Texts(TestCa("Other public CA").Issue({"pay.test"}, first_.key));
  trust_state->Reload();
  EXPECT_EQ(trust_state->Status().identity.generation, 2);
}

TEST_F(OwnSideTest, ARekeyedAndAnEarlyCertificateAreHeldBackWithTheDaysThatAreLeft) {
  EXPECT_THAT(HeldBackFor(Texts(unlisted_)), AllOf(HasSubstr("PIN_MISMATCH"), HasSubstr("ends in 8")));
  EXPECT_THAT(HeldBackFor({"pay.test"}, [this](auto& recipe) { recipe.not_before = now_ + absl::Hours(1); }),
              AllOf(HasSubstr("CERTIFICATE_NOT_YET_VALID"), HasSubstr("ends in 8")));
}

}  // namespace
}  // namespace pinion
