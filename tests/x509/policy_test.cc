// Certificate policies (RFC 5280 §6.1), by chains like those of NIST's PKITS §4.8 to §4.12: every policy is acceptable,
// and none is required unless a CA on the path requires it.
#include <openssl/x509v3.h>

#include <ctime>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "pinion/testing/or_die.h"
#include "pinion/testing/test_ca.h"
#include "pinion/x509/path/path.h"
#include "pinion/x509/pki/issue.h"
#include "tests/x509/resigned.h"

namespace pinion::x509 {
namespace {

using ::pinion::testing::OrDie;
using ::pinion::testing::TestCa;

const absl::Time kNow = absl::FromCivil(absl::CivilSecond(2026, 6, 1, 12, 0, 0), absl::UTCTimeZone());

// A certificate below the one before it. Extensions in OpenSSL's syntax; "P1" stands for a policy.
struct Link {
  std::string policies = "";
  std::string constraints = "";
  std::string mappings = "";
  std::string inhibit_any = "";
  bool self_issued = false;
};

struct Row {
  const char* what;
  std::vector<Link> links;  // below the root, the leaf last
  bool is_valid;
};

const TestCa& Root() {
  static const auto* const ca = new TestCa("Policy Root", kNow);
  return *ca;
}

std::string Oids(std::string text) {
  for (size_t at = text.find('P'); at != std::string::npos; at = text.find('P')) text.replace(at, 1, "1.3.6.1.4.1.");
  return text;
}

// The chain, the leaf first.
std::vector<Certificate> Make(const std::vector<Link>& links) {
  std::vector<Certificate> chain;
  Issuer issuer = Root().issuer();
  std::string name = "Policy Root";
  for (size_t i = 0; i < links.size(); ++i) {
    const Link& link = links[i];
    CertificateRecipe recipe;
    if (!link.self_issued) name = absl::StrCat("link ", i);
    recipe.common_name = name;
    recipe.is_ca = i + 1 < links.size();
    if (!recipe.is_ca) recipe.dns = {"a.test"};
    recipe.not_before = kNow - absl::Hours(1);
    recipe.not_after = kNow + absl::Hours(1);
    const PrivateKey key = OrDie(PrivateKey::GenerateEc("P-256"));
    const std::string plain = OrDie(IssueCertificate(recipe, key, &issuer));
    const Certificate made = OrDie(Certificate::FromDer(Resigned(plain, issuer.key, [&link](X509* certificate) {
      SetExtension(certificate, NID_certificate_policies, Oids(link.policies));
      SetExtension(certificate, NID_policy_constraints, link.constraints);
      SetExtension(certificate, NID_policy_mappings, Oids(link.mappings));
      SetExtension(certificate, NID_inhibit_any_policy, link.inhibit_any);
    })));
    chain.insert(chain.begin(), made);
    issuer = Issuer{made, key};
  }
  return chain;
}

PathOutcome Judge(const std::vector<Certificate>& chain) {
  return BuildPath(chain.front(), {chain.begin() + 1, chain.end()}, OrDie(TrustRoots::FromPem(Root().RootPem())),
                   Purpose::kServerAuth, kNow);
}

constexpr char kAny[] = "2.5.29.32.0";
constexpr char kExplicit[] = "critical,requireExplicitPolicy:0";

// A link that requires a policy of the path, has P1, and maps it.
Link Mapping(const std::string& mappings, const std::string& policies = "P1") {
  return {policies, kExplicit, mappings, "", false};
}

std::vector<Row> PolicyRows() {
  return {
      {"the same policy throughout", {{"P1"}, {"P1"}, {"P1"}}, true},
      {"no policies, and none required", {{}, {}, {}}, true},
      {"policies that differ, and none required", {{"P1"}, {"P2"}, {"P1"}}, true},
      {"policies that differ, and one required", {{"P1", kExplicit}, {"P2"}, {"P1"}}, false},
      {"the leaf's policy is another", {{"P1", kExplicit}, {"P1"}, {"P2"}}, false},
      {"the CA's policy is another", {{"P3", kExplicit}, {"P4"}}, false},
      {"policies that overlap", {{"P1,P2,P3", kExplicit}, {"P1,P2"}, {"P1"}}, true},
      {"policies that overlap in turn and not throughout", {{"P1,P2", kExplicit}, {"P2,P3"}, {"P3"}}, false},
      {"two policies throughout", {{"P1,P2", kExplicit}, {"P1,P2"}}, true},
      {"any policy throughout", {{kAny, kExplicit}, {kAny}}, true},
      {"any policy of the CA, one of the leaf", {{kAny, kExplicit}, {"P1"}}, true},
      {"any policy of the leaf, one of the CA", {{"P1", kExplicit}, {kAny}}, true},
      {"a policy twice in one certificate", {{"P1,P1"}, {"P1"}}, false},
  };
}

std::vector<Row> RequireExplicitRows() {
  return {
      {"a policy required ten certificates below", {{"P1", "critical,requireExplicitPolicy:10"}, {}, {}, {}}, true},
      {"a policy required just below the leaf", {{"P1", "critical,requireExplicitPolicy:4"}, {}, {}, {}}, true},
      {"a policy required just at the leaf", {{"P1", "critical,requireExplicitPolicy:2"}, {}, {}, {}}, false},
      {"a policy required at once, and there", {{"P1", kExplicit}, {"P1"}, {"P1"}}, true},
      {"a policy required at once, and not there", {{"P1", kExplicit}, {"P1"}, {}}, false},
      {"a requirement that a CA below cannot take back",
       {{"P1", "critical,requireExplicitPolicy:1"}, {"P1", "critical,requireExplicitPolicy:9"}, {}},
       false},
      {"a requirement that a CA below hastens",
       {{"P1", "critical,requireExplicitPolicy:7"}, {"P1", kExplicit}, {}},
       false},
      {"a self-issued CA counts for no certificate",
       {{"P1", "critical,requireExplicitPolicy:2"}, {"", "", "", "", true}, {}},
       true},
      {"a CA that is not self-issued counts", {{"P1", "critical,requireExplicitPolicy:2"}, {}, {}}, false},
      {"a self-issued CA that requires it too",
       {{"P1", "critical,requireExplicitPolicy:1"}, {"", kExplicit, "", "", true}, {}},
       false},
      {"the leaf itself requires a policy, and has none", {{"P1"}, {"", kExplicit}}, false},
      {"a requirement that is not critical", {{"P1", "requireExplicitPolicy:0"}, {"P2"}}, false},
  };
}

std::vector<Row> MappingRows() {
  constexpr char kNone[] = "critical,requireExplicitPolicy:0,inhibitPolicyMapping:0";
  constexpr char kOne[] = "critical,requireExplicitPolicy:0,inhibitPolicyMapping:1";
  return {
      {"a policy that is mapped to the leaf's", {Mapping("P1:P2"), {"P2"}}, true},
      {"a policy that is mapped, and the leaf has the first", {Mapping("P1:P2"), {"P1"}}, false},
      {"a policy that is mapped twice, on two CAs", {Mapping("P1:P2"), {"P2", "", "P2:P3"}, {"P3"}}, true},
      {"a policy that is mapped away on the way", {Mapping("P1:P2"), {"P2", "", "P2:P3"}, {"P2"}}, false},
      {"a policy that is mapped to two", {Mapping("P1:P2,P1:P3"), {"P3"}}, true},
      {"a mapping of a policy that the CA has not", {Mapping("P5:P6"), {"P6"}}, false},
      {"a mapping from any policy", {Mapping(absl::StrCat(kAny, ":P1"), kAny), {"P1"}}, false},
      {"a mapping to any policy", {Mapping(absl::StrCat("P1:", kAny)), {"P1"}}, false},
      {"a mapping from any policy, and none required", {{"P1", "", absl::StrCat(kAny, ":P1")}, {"P1"}}, false},
      {"a mapping below a CA that has any policy", {{kAny, kExplicit}, {"P1", "", "P1:P2"}, {"P2"}}, true},
      {"no mapping is allowed, and there is one", {{"P1", kNone}, {"P1", "", "P1:P2"}, {"P2"}}, false},
      {"no mapping is allowed, and there is none", {{"P1", kNone}, {"P1"}, {"P1"}}, true},
      {"a mapping in time", {{"P1", kOne}, {"P1", "", "P1:P2"}, {"P2"}}, true},
      {"a mapping too late", {{"P1", kOne}, {"P1"}, {"P1", "", "P1:P2"}, {"P2"}}, false},
      {"a self-issued CA does not hasten the end of mappings",
       {{"P1", kOne}, {"P1", "", "", "", true}, {"P1", "", "P1:P2"}, {"P2"}},
       true},
  };
}

std::vector<Row> InhibitAnyRows() {
  return {
      {"any policy is inhibited, and of the leaf", {{kAny, kExplicit, "", "critical,0"}, {kAny}}, false},
      {"any policy is inhibited, and the leaf has one", {{"P1", kExplicit, "", "critical,0"}, {"P1"}}, true},
      {"any policy is inhibited, and the leaf has both",
       {{"P1", kExplicit, "", "critical,0"}, {absl::StrCat("P1,", kAny)}},
       true},
      {"any policy of a CA in time", {{kAny, kExplicit, "", "critical,1"}, {kAny}, {"P1"}}, true},
      {"any policy of the leaf too late", {{kAny, kExplicit, "", "critical,1"}, {kAny}, {kAny}}, false},
      {"an inhibition that a CA below cannot take back",
       {{kAny, kExplicit, "", "critical,1"}, {kAny, "", "", "critical,5"}, {kAny}},
       false},
      {"an inhibition that a CA below hastens",
       {{kAny, kExplicit, "", "critical,5"}, {kAny, "", "", "critical,0"}, {kAny}},
       false},
      {"any policy of a self-issued CA, which is excepted",
       {{kAny, kExplicit, "", "critical,0"}, {kAny, "", "", "", true}, {"P1"}},
       true},
      {"any policy of a leaf below a self-issued CA",
       {{kAny, kExplicit, "", "critical,0"}, {kAny, "", "", "", true}, {kAny}},
       false},
  };
}

class PolicyTest : public ::testing::TestWithParam<std::vector<Row> (*)()> {};

INSTANTIATE_TEST_SUITE_P(Pkits, PolicyTest,
                         ::testing::Values(&PolicyRows, &RequireExplicitRows, &MappingRows, &InhibitAnyRows));

TEST_P(PolicyTest, APathIsAcceptedWhereItsPoliciesAre) {
  for (const Row& row : GetParam()()) {
    SCOPED_TRACE(row.what);
    const PathOutcome outcome = Judge(Make(row.links));
    EXPECT_EQ(v1::Reason_Name(outcome.reason), row.is_valid ? "ACCEPTED" : "CHAIN_UNTRUSTED") << outcome.detail;
  }
}

TEST(PolicyLimitTest, AMalformedPolicyOfTheLeafIsNotPassedOver) {
  // CVE-2023-0465: OpenSSL looked for it only above the leaf, and dropped all policy checks.
  const PathOutcome outcome = Judge(Make({{"P1", kExplicit}, {"P1"}, {"P1,P1"}}));
  EXPECT_EQ(v1::Reason_Name(outcome.reason), "CHAIN_UNTRUSTED");
}

TEST(PolicyLimitTest, AChainOfManyMappedPoliciesCostsLittle) {
  // CVE-2023-0464: without a limit, the tree of policies doubles with each CA.
  std::string policies;
  std::string mappings;
  constexpr int kPolicies = 60;
  for (int from = 1; from <= kPolicies; ++from) {
    absl::StrAppend(&policies, from > 1 ? "," : "", "P", from);
    for (int to = 1; to <= kPolicies; ++to)
      absl::StrAppend(&mappings, mappings.empty() ? "" : ",", "P", from, ":P", to);
  }
  std::vector<Link> links(8, Link{policies, kExplicit, mappings, "", false});
  links.push_back({"P1"});
  const std::vector<Certificate> chain = Make(links);
  const std::clock_t begin = std::clock();
  const PathOutcome outcome = Judge(chain);
  const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  // OpenSSL gives up at a thousand nodes.
  EXPECT_EQ(v1::Reason_Name(outcome.reason), "CHAIN_UNTRUSTED") << outcome.detail;
  EXPECT_LT(seconds, 2.0);
}

}  // namespace
}  // namespace pinion::x509
