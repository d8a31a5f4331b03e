#include "pinion/x509/path/path.h"

#include <openssl/x509v3.h>

#include <algorithm>
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
#include "pinion/x509/pki/issue.h"
#include "tests/x509/resigned.h"

namespace pinion::x509 {
namespace {

using ::pinion::testing::OrDie;
using ::pinion::testing::TestCa;
using ::testing::HasSubstr;

const absl::Time kNow = absl::FromCivil(absl::CivilSecond(2026, 6, 1, 12, 0, 0), absl::UTCTimeZone());
constexpr absl::Duration kSecond = absl::Seconds(1);

const TestCa& Root() {
  static const auto* const ca = new TestCa("Path Root", kNow);
  return *ca;
}

const TestCa& Intermediate() {
  static const auto* const ca = new TestCa(Root().Intermediate("Path Intermediate"));
  return *ca;
}

std::vector<Certificate> Parsed(const std::vector<std::string>& chain) {
  std::vector<Certificate> certificates;
  certificates.reserve(chain.size());
  for (const std::string& der : chain) certificates.push_back(OrDie(Certificate::FromDer(der)));
  return certificates;
}

TrustRoots Roots(const TestCa& ca) { return OrDie(TrustRoots::FromPem(ca.RootPem())); }

// Judges a chain as it would be sent: the leaf first.
PathOutcome Judge(const std::vector<std::string>& chain, const TestCa& root = Root(), absl::Time now = kNow,
                  Purpose purpose = Purpose::kServerAuth) {
  std::vector<Certificate> certificates = Parsed(chain);
  const Certificate leaf = certificates.front();
  certificates.erase(certificates.begin());
  return BuildPath(leaf, certificates, Roots(root), purpose, now);
}

void ExpectRefused(const PathOutcome& outcome, v1::Reason reason, const std::string& detail) {
  EXPECT_EQ(v1::Reason_Name(outcome.reason), v1::Reason_Name(reason));
  EXPECT_EQ(outcome.detail, detail);
  EXPECT_TRUE(outcome.path.empty());
  EXPECT_EQ(outcome.valid_until, absl::InfinitePast());
}

void ExpectPath(const PathOutcome& outcome, const std::vector<std::string>& path) {
  ASSERT_EQ(v1::Reason_Name(outcome.reason), "ACCEPTED") << outcome.detail;
  std::vector<std::string> found;
  for (const Certificate& certificate : outcome.path) found.push_back(certificate.der());
  EXPECT_EQ(found, path);
}

const std::string& RootDer() { return Root().certificate().der(); }
const std::string& IntermediateDer() { return Intermediate().certificate().der(); }

TEST(PathTest, LeadsFromTheLeafToTheAnchor) {
  const std::string leaf = Root().Issue({"a.test"}).chain.front();
  ExpectPath(Judge({leaf}), {leaf, RootDer()});
  const std::vector<std::string> chain = Intermediate().Issue({"a.test"}).chain;
  ExpectPath(Judge(chain), {chain[0], IntermediateDer(), RootDer()});
}

TEST(PathTest, CandidatesMayComeInAnyOrderWithJunkAmongThem) {
  const TestCa third = Intermediate().Intermediate("Path Third");
  const std::string leaf = third.Issue({"a.test"}).chain.front();
  const TestCa stranger("Stranger", kNow);
  std::vector<std::string> others = {third.certificate().der(), IntermediateDer(), RootDer(),
                                     stranger.certificate().der(),
                                     // Like a certificate on the path, but signed with another key.
                                     TestCa("Path Root", kNow).Intermediate("Path Intermediate").certificate().der()};
  std::sort(others.begin(), others.end());
  int orders = 0;
  do {
    std::vector<std::string> chain = others;
    chain.insert(chain.begin(), leaf);
    ExpectPath(Judge(chain), {leaf, third.certificate().der(), IntermediateDer(), RootDer()});
  } while (++orders < 120 && std::next_permutation(others.begin(), others.end()));
}

TEST(PathTest, AnIntermediateMayBeTheAnchor) {
  const std::string leaf = Intermediate().Issue({"a.test"}).chain.front();
  const TrustRoots roots = OrDie(TrustRoots::FromPem(EncodePem(IntermediateDer())));
  ExpectPath(BuildPath(Parsed({leaf}).front(), {}, roots, Purpose::kServerAuth, kNow), {leaf, IntermediateDer()});
}

TEST(PathTest, WithoutAnIssuerThereIsNoPath) {
  constexpr char kNoIssuer[] =
      "the certificate: unable to get local issuer certificate; neither the chain that was sent nor the trust roots "
      "hold its issuer";
  const std::string leaf = Intermediate().Issue({"a.test"}).chain.front();
  ExpectRefused(Judge({leaf}), v1::CHAIN_UNTRUSTED, kNoIssuer);
  ExpectRefused(Judge({leaf, RootDer()}), v1::CHAIN_UNTRUSTED, kNoIssuer);
  const TestCa stranger("Stranger", kNow);
  ExpectRefused(Judge({stranger.Issue({"a.test"}).chain.front()}), v1::CHAIN_UNTRUSTED, kNoIssuer);
}

TEST(PathTest, AnAnchorThatWasSentIsNoAnchor) {
  const TestCa stranger("Stranger", kNow);
  const std::string leaf = stranger.Issue({"a.test"}).chain.front();
  ExpectRefused(Judge({leaf, stranger.certificate().der()}), v1::CHAIN_UNTRUSTED,
                "issuing certificate 1 on its path: self-signed certificate in certificate chain");
}

TEST(PathTest, ACaWithTheRootsNameIsNotTheRoot) {
  const TestCa impostor("Path Root", kNow);
  const std::string leaf = impostor.Issue({"a.test"}).chain.front();
  EXPECT_EQ(v1::Reason_Name(Judge({leaf}).reason), "CHAIN_UNTRUSTED");
  EXPECT_EQ(v1::Reason_Name(Judge({leaf, impostor.certificate().der()}).reason), "CHAIN_UNTRUSTED");
}

TEST(PathTest, ASelfSignedLeafIsUntrusted) {
  const PrivateKey key = OrDie(PrivateKey::GenerateEc("P-256"));
  CertificateRecipe recipe;
  recipe.common_name = "self";
  recipe.not_before = kNow - kSecond;
  recipe.not_after = kNow + kSecond;
  ExpectRefused(Judge({OrDie(IssueCertificate(recipe, key, nullptr))}), v1::CHAIN_UNTRUSTED,
                "the certificate: self-signed certificate");
}

TEST(PathTest, AForgedSignatureIsUntrusted) {
  std::string leaf = Root().Issue({"a.test"}).chain.front();
  leaf = Resigned(leaf, OrDie(PrivateKey::GenerateEc("P-256")), [](X509*) {});
  ExpectRefused(Judge({leaf}), v1::CHAIN_UNTRUSTED, "the certificate: certificate signature failure");
}

TEST(PathTest, TimesCountToTheSecond) {
  const std::string leaf = Root()
                               .Issue({"a.test"},
                                      [](auto& recipe) {
                                        recipe.not_before = kNow;
                                        recipe.not_after = kNow + absl::Hours(1);
                                      })
                               .chain.front();
  const auto at = [&leaf](absl::Time now) { return Judge({leaf}, Root(), now); };
  ExpectRefused(at(kNow - kSecond), v1::CERTIFICATE_NOT_YET_VALID, "the certificate: certificate is not yet valid");
  ExpectRefused(at(kNow - absl::Nanoseconds(1)), v1::CERTIFICATE_NOT_YET_VALID,
                "the certificate: certificate is not yet valid");
  ExpectPath(at(kNow), {leaf, RootDer()});
  ExpectPath(at(kNow + absl::Hours(1) - absl::Nanoseconds(1)), {leaf, RootDer()});
  EXPECT_EQ(at(kNow).valid_until, kNow + absl::Hours(1));
  ExpectRefused(at(kNow + absl::Hours(1)), v1::CERTIFICATE_EXPIRED, "the certificate: certificate has expired");
}

TEST(PathTest, EveryCertificateOnThePathHasItsTimes) {
  const TestCa brief = Root().Intermediate("Brief", [](auto& recipe) {
    recipe.not_before = kNow;
    recipe.not_after = kNow + absl::Hours(1);
  });
  const std::vector<std::string> chain = brief.Issue({"a.test"}).chain;
  EXPECT_EQ(Judge(chain).valid_until, kNow + absl::Hours(1));
  ExpectRefused(Judge(chain, Root(), kNow - kSecond), v1::CERTIFICATE_NOT_YET_VALID,
                "issuing certificate 1 on its path: certificate is not yet valid");
  ExpectRefused(Judge(chain, Root(), kNow + absl::Hours(1)), v1::CERTIFICATE_EXPIRED,
                "issuing certificate 1 on its path: certificate has expired");

  const TestCa old_root("Old Root", kNow, [](auto& recipe) { recipe.not_after = kNow; });
  ExpectRefused(Judge(old_root.Issue({"a.test"}).chain, old_root), v1::CERTIFICATE_EXPIRED,
                "issuing certificate 1 on its path: certificate has expired");
}

TEST(PathTest, AtMostEightIntermediates) {
  TestCa ca = Root();
  for (int depth = 1; depth <= 8; ++depth) ca = ca.Intermediate(absl::StrCat("CA ", depth));
  EXPECT_EQ(Judge(ca.Issue({"a.test"}).chain).path.size(), 10);
  ca = ca.Intermediate("CA 9");
  const PathOutcome outcome = Judge(ca.Issue({"a.test"}).chain);
  EXPECT_EQ(v1::Reason_Name(outcome.reason), "CHAIN_UNTRUSTED");
  EXPECT_THAT(outcome.detail, HasSubstr("certificate chain too long"));
}

TEST(PathTest, APathLengthConstraintIsKept) {
  const TestCa last = Root().Intermediate("Last", [](auto& recipe) { recipe.path_length = 0; });
  EXPECT_EQ(v1::Reason_Name(Judge(last.Issue({"a.test"}).chain).reason), "ACCEPTED");
  ExpectRefused(Judge(last.Intermediate("Below").Issue({"a.test"}).chain), v1::CHAIN_UNTRUSTED,
                "issuing certificate 2 on its path: path length constraint exceeded");
}

TEST(TrustRootsTest, OnlyCasAreRoots) {
  const std::string leaf_pem = Root().Issue({"a.test"}).CertificatePem();
  const absl::StatusOr<TrustRoots> roots = TrustRoots::FromPem(Root().RootPem() + leaf_pem);
  EXPECT_EQ(roots.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(roots.status().message(),
            "a trust root must be a CA (X.509 version 3, basicConstraints CA:TRUE): subject \"CN=test leaf\", issuer "
            "\"CN=Path Root\", valid 2026-06-01T11:00:00Z to 2026-08-30T12:00:00Z");
  EXPECT_EQ(TrustRoots::FromPem("").status().message(), "there is no certificate in it");
}

TEST(TrustRootsTest, AVersion1CaIsNoRoot) {
  const std::string version_1 = Resigned(RootDer(), Root().issuer().key, [](X509* certificate) {
    for (int nid : {NID_basic_constraints, NID_key_usage, NID_subject_key_identifier, NID_authority_key_identifier}) {
      SetExtension(certificate, nid, "");
    }
    X509_set_version(certificate, X509_VERSION_1);
  });
  EXPECT_THAT(std::string(TrustRoots::FromPem(EncodePem(version_1)).status().message()),
              HasSubstr("a trust root must be a CA (X.509 version 3"));
}

TEST(TrustRootsTest, AllThatWereGivenAreKept) {
  const TestCa other("Other Root", kNow);
  const std::string pem = Root().RootPem() + other.RootPem();
  const TrustRoots roots = OrDie(TrustRoots::FromPem(pem));
  EXPECT_EQ(roots.certificates().size(), 2);
  EXPECT_EQ(roots.ToPem(), pem);
  for (const TestCa* const ca : {&Root(), &other}) {
    const std::string leaf = ca->Issue({"a.test"}).chain.front();
    ExpectPath(BuildPath(Parsed({leaf}).front(), {}, roots, Purpose::kClientAuth, kNow),
               {leaf, ca->certificate().der()});
  }
}

}  // namespace
}  // namespace pinion::x509
