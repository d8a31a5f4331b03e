// If more than one path leads from a leaf, the good one is found, in whatever order its certificates were sent.
#include "pinion/x509/path/path_search.h"

#include <openssl/x509v3.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "pinion/testing/or_die.h"
#include "pinion/testing/test_ca.h"
#include "pinion/x509/certificate.h"
#include "pinion/x509/path/path.h"
#include "pinion/x509/pki/issue.h"
#include "pinion/x509/pki/recipe.h"
#include "tests/x509/resigned.h"

namespace pinion::x509 {
namespace {

using ::pinion::testing::OrDie;
using ::pinion::testing::TestCa;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::Le;

const absl::Time kNow = absl::FromCivil(absl::CivilSecond(2026, 6, 1, 12, 0, 0), absl::UTCTimeZone());
constexpr absl::Duration kDay = absl::Hours(24);

// Two roots, of which the first is trusted, and an intermediate that the first has issued.
struct World {
  const TestCa trusted{"Trusted root", kNow};
  const TestCa other{"Other root", kNow};
  const TestCa intermediate = trusted.Intermediate("Intermediate");
  const std::string leaf = intermediate.Issue({"a.test"}).chain.front();
  const std::string good = intermediate.certificate().der();
};

const World& The() {
  static const auto* const world = new World();
  return *world;
}

// A CA certificate for `subject`'s name and key, by another issuer: a cross-certificate.
std::string Cross(const TestCa& subject, const std::string& name, const TestCa& issuer,
                  const TestCa::Edit& edit = nullptr) {
  CertificateRecipe recipe = CaRecipe(name, kNow);
  if (edit != nullptr) edit(recipe);
  return OrDie(IssueCertificate(recipe, subject.issuer().key, &issuer.issuer()));
}

// The good intermediate with an extension changed, by the same issuer.
std::string GoodBut(int nid, const std::string& value) {
  return Resigned(The().good, The().trusted.issuer().key,
                  [nid, &value](X509* x509) { SetExtension(x509, nid, value); });
}

std::vector<Certificate> Parsed(const std::vector<std::string>& ders) {
  std::vector<Certificate> certificates;
  certificates.reserve(ders.size());
  for (const std::string& der : ders) certificates.push_back(OrDie(Certificate::FromDer(der)));
  return certificates;
}

TrustRoots Trusting(const TestCa& root) { return OrDie(TrustRoots::FromPem(root.RootPem())); }

PathOutcome Judge(const std::string& leaf, const std::vector<Certificate>& candidates, const TrustRoots& roots) {
  return BuildPath(OrDie(Certificate::FromDer(leaf)), candidates, roots, Purpose::kServerAuth, kNow);
}

// Expects acceptance for each order of `sent`. With `needs_search`, OpenSSL's own search fails for at least one order.
void ExpectAcceptedInAnyOrder(const std::string& leaf, const std::vector<std::string>& sent, const TrustRoots& roots,
                              bool needs_search = true) {
  std::vector<Certificate> candidates = Parsed(sent);
  std::vector<size_t> order(candidates.size());
  std::iota(order.begin(), order.end(), 0);
  bool was_searched = false;
  do {
    std::vector<Certificate> ordered;
    for (const size_t index : order) ordered.push_back(candidates[index]);
    const PathOutcome outcome = Judge(leaf, ordered, roots);
    EXPECT_EQ(v1::Reason_Name(outcome.reason), "ACCEPTED") << absl::StrJoin(order, " ") << ": " << outcome.detail;
    was_searched = was_searched || outcome.is_alternative;
  } while (std::next_permutation(order.begin(), order.end()));
  EXPECT_TRUE(was_searched || !needs_search);
}

// Expects that `bad` is refused when it is sent alone, and not used when the good one is sent too.
void ExpectTheGoodOneBeside(const std::string& bad, bool needs_search = true) {
  const TrustRoots roots = Trusting(The().trusted);
  EXPECT_NE(v1::Reason_Name(Judge(The().leaf, Parsed({bad}), roots).reason), "ACCEPTED");
  ExpectAcceptedInAnyOrder(The().leaf, {bad, The().good}, roots, needs_search);
}

// A CA that changes its root sends two certificates: one by Root 1, which some peers still trust, and one by Root 2.
TEST(PathSearchTest, ACrossSignedIntermediateIsFoundBelowEitherRoot) {
  const std::string cross = Cross(The().intermediate, "Intermediate", The().other);
  for (const TestCa* root : {&The().trusted, &The().other}) {
    ExpectAcceptedInAnyOrder(The().leaf, {cross, The().good}, Trusting(*root));
  }
}

TEST(PathSearchTest, AnExpiredCertificateOfAnIntermediateStandsBesideItsRenewal) {
  ExpectTheGoodOneBeside(
      Cross(The().intermediate, "Intermediate", The().trusted, [](auto& recipe) { recipe.not_after = kNow - kDay; }),
      /*needs_search=*/false);  // OpenSSL prefers what is valid now
}

TEST(PathSearchTest, AnExpiredRootsCrossCertificateStandsBesideTheGoodOne) {
  const TestCa upper = The().trusted.Intermediate("Upper");
  const TestCa lower = upper.Intermediate("Lower");
  const std::string expired = Cross(upper, "Upper", The().other);
  ExpectAcceptedInAnyOrder(lower.Issue({"a.test"}).chain.front(),
                           {lower.certificate().der(), expired, upper.certificate().der()}, Trusting(The().trusted));
}

TEST(PathSearchTest, AnIntermediateForAnotherUseStandsBesideTheGoodOne) {
  ExpectTheGoodOneBeside(GoodBut(NID_ext_key_usage, "clientAuth"));
}

TEST(PathSearchTest, AConstrainedIntermediateStandsBesideTheGoodOne) {
  ExpectTheGoodOneBeside(GoodBut(NID_name_constraints, "critical,permitted;DNS:b.test"));
  ExpectTheGoodOneBeside(GoodBut(NID_name_constraints, "critical,excluded;DNS:a.test"));
}

TEST(PathSearchTest, AnIntermediateThatIsNoCaStandsBesideTheGoodOne) {
  ExpectTheGoodOneBeside(GoodBut(NID_basic_constraints, "critical,CA:FALSE"));
}

TEST(PathSearchTest, AnIntermediateThatMayNotSignStandsBesideTheGoodOne) {
  ExpectTheGoodOneBeside(GoodBut(NID_key_usage, "critical,cRLSign"), /*needs_search=*/false);  // OpenSSL passes it over
}

TEST(PathSearchTest, AnIntermediateSignedWithSha1StandsBesideTheGoodOne) {
  ExpectTheGoodOneBeside(
      Cross(The().intermediate, "Intermediate", The().trusted, [](auto& recipe) { recipe.signature_hash = "SHA1"; }));
}

TEST(PathSearchTest, AShorterPathLengthStandsBesideTheGoodOne) {
  const TestCa upper = The().trusted.Intermediate("Upper");
  const TestCa lower = upper.Intermediate("Lower");
  const std::string no_cas_below = Cross(upper, "Upper", The().trusted, [](auto& recipe) { recipe.path_length = 0; });
  ExpectAcceptedInAnyOrder(lower.Issue({"a.test"}).chain.front(),
                           {no_cas_below, lower.certificate().der(), upper.certificate().der()},
                           Trusting(The().trusted));
}

// It has the good one's name and key identifier, and another key.
std::string Lookalike(const TestCa& issuer) {
  const TestCa stranger("Stranger", kNow);
  const auto* const id = X509_get0_subject_key_id(The().intermediate.certificate().handle());
  std::string hex;
  for (int i = 0; i < ASN1_STRING_length(id); ++i) {
    absl::StrAppend(&hex, absl::Hex(ASN1_STRING_get0_data(id)[i], absl::kZeroPad2));
  }
  return Resigned(Cross(stranger, "Intermediate", issuer), issuer.issuer().key,
                  [&hex](X509* x509) { SetExtension(x509, NID_subject_key_identifier, hex); });
}

TEST(PathSearchTest, ALookalikeWithAnotherKeyStandsBesideTheGoodOne) {
  ExpectTheGoodOneBeside(Lookalike(The().other));
  ExpectTheGoodOneBeside(Lookalike(The().trusted));
}

TEST(PathSearchTest, OneKeyUnderTwoNamesIsFoundByTheNameOfTheIssuer) {
  ExpectTheGoodOneBeside(Cross(The().intermediate, "Another name", The().trusted), /*needs_search=*/false);
}

// A root with a new key: where only the old key is trusted, its certificate for the new key completes the path.
TEST(PathSearchTest, ARolledOverRootIsFoundThroughItsLinkCertificate) {
  const TestCa renewed("Trusted root", kNow);
  const TestCa below = renewed.Intermediate("Below");
  const std::vector<std::string> sent = {below.certificate().der(), renewed.certificate().der(),
                                         Cross(renewed, "Renewed root", The().trusted)};
  const std::string leaf = below.Issue({"a.test"}).chain.front();
  EXPECT_EQ(Judge(leaf, Parsed(sent), Trusting(renewed)).reason, v1::ACCEPTED);
  const TestCa named("Renewed root", kNow);
  const TestCa below_named = named.Intermediate("Below");
  ExpectAcceptedInAnyOrder(
      below_named.Issue({"a.test"}).chain.front(),
      {below_named.certificate().der(), named.certificate().der(), Cross(named, "Renewed root", The().trusted)},
      Trusting(The().trusted));
}

TEST(PathSearchTest, LoopsEnd) {
  const TestCa a = The().trusted.Intermediate("A");
  const TestCa b = The().other.Intermediate("B");
  const std::string leaf = a.Issue({"a.test"}).chain.front();
  const std::vector<std::string> loop = {Cross(a, "A", b), Cross(b, "B", a)};
  ExpectAcceptedInAnyOrder(leaf, {loop[0], loop[1], a.certificate().der()}, Trusting(The().trusted),
                           /*needs_search=*/false);
  EXPECT_EQ(v1::Reason_Name(Judge(leaf, Parsed(loop), Trusting(The().trusted)).reason), "CHAIN_UNTRUSTED");
}

TEST(PathSearchTest, NoPathIsBetterThanAFaultOfTheLeaf) {
  const std::string expired =
      The().intermediate.Issue({"a.test"}, [](auto& recipe) { recipe.not_after = kNow - kDay; }).chain.front();
  const PathOutcome outcome = Judge(expired, Parsed({The().good}), Trusting(The().trusted));
  EXPECT_EQ(v1::Reason_Name(outcome.reason), "CERTIFICATE_EXPIRED");
  EXPECT_EQ(outcome.signature_checks, 0);
}

constexpr int kLongestPath = kMaxIntermediates + 1;

// 100 certificates with the name and the key identifier of the leaf's issuer.
TEST(PathSearchTest, AHostileCrowdOfLookalikesCostsABoundedNumberOfSignatureChecks) {
  std::vector<Certificate> crowd;
  for (int i = 0; i < 100; ++i) crowd.push_back(OrDie(Certificate::FromDer(Lookalike(The().other))));
  const PathOutcome outcome = Judge(The().leaf, crowd, Trusting(The().trusted));
  EXPECT_EQ(v1::Reason_Name(outcome.reason), "CHAIN_UNTRUSTED");
  EXPECT_THAT(outcome.detail, HasSubstr("the search for other paths stopped"));
  EXPECT_THAT(outcome.signature_checks, Ge(PathSearch::kMaxSignatureChecks));
  EXPECT_THAT(outcome.signature_checks, Le(PathSearch::kMaxSignatureChecks + kLongestPath));
}

// CAs that have all certified each other have millions of paths, none of which leads to a root.
TEST(PathSearchTest, AHostileMeshOfCasCostsABoundedNumberOfSignatureChecks) {
  std::vector<TestCa> cas;
  for (int i = 0; i < 9; ++i) cas.emplace_back(absl::StrCat("CA ", i), kNow);
  std::vector<Certificate> mesh;
  for (size_t i = 0; i < cas.size(); ++i) {
    for (size_t j = 0; j < cas.size(); ++j) {
      if (i != j) mesh.push_back(OrDie(Certificate::FromDer(Cross(cas[i], absl::StrCat("CA ", i), cas[j]))));
    }
  }
  const PathOutcome outcome = Judge(cas[0].Issue({"a.test"}).chain.front(), mesh, Trusting(The().trusted));
  EXPECT_EQ(v1::Reason_Name(outcome.reason), "CHAIN_UNTRUSTED");
  EXPECT_THAT(outcome.signature_checks, Le(PathSearch::kMaxSignatureChecks + kLongestPath));
}

// As many as a peer may send.
TEST(PathSearchTest, TheGoodOneIsFoundBehind31Lookalikes) {
  std::vector<Certificate> sent;
  for (int i = 0; i < 31; ++i) sent.push_back(OrDie(Certificate::FromDer(Lookalike(The().other))));
  sent.push_back(OrDie(Certificate::FromDer(The().good)));
  EXPECT_EQ(Judge(The().leaf, sent, Trusting(The().trusted)).reason, v1::ACCEPTED);
}

}  // namespace
}  // namespace pinion::x509
