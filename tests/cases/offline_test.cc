// Every case through PeerVerifier, at the case's own time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <set>
#include <string>
#include <tuple>

#include "absl/time/time.h"
#include "pinion/handshake/peer_verifier.h"
#include "pinion/testing/or_die.h"
#include "tests/cases/case_files.h"
#include "tests/cases/cost.h"
#include "tests/cases/prepared_case.h"
#include "tests/cases/second_opinion.h"

namespace pinion::testing {
namespace {

using ::testing::HasSubstr;

constexpr size_t kFewestCases = 400;
constexpr absl::Duration kMostTime = absl::Seconds(1);
constexpr size_t kMostBytes = size_t{64} << 20;

// The highest cost of any case of this process; printed at its end.
class Costliest : public ::testing::Environment {
 public:
  void Add(const std::string& name, const Cost& cost) {
    if (cost.cpu >= cpu_) std::tie(cpu_, slowest_) = std::tie(cost.cpu, name);
    if (cost.bytes >= bytes_) std::tie(bytes_, largest_) = std::tie(cost.bytes, name);
  }
  void TearDown() override {
    std::printf("Highest cost: %s, %s of CPU time; %s, %zu KiB\n", slowest_.c_str(), absl::FormatDuration(cpu_).c_str(),
                largest_.c_str(), bytes_ >> 10);
  }

 private:
  std::string slowest_;
  std::string largest_;
  absl::Duration cpu_;
  size_t bytes_ = 0;
};

Costliest& TheCostliest() {
  static auto* const costliest = new Costliest;  // GoogleTest owns it
  return *costliest;
}
[[maybe_unused]] const auto* const kRegistered = ::testing::AddGlobalTestEnvironment(&TheCostliest());

class OfflineCase : public ::testing::TestWithParam<Case> {
 protected:
  Verdict Judge(const PreparedCase& prepared) {
    const PeerVerifier verifier(OrDie(x509::TrustRoots::FromPem(prepared.roots_pem)),
                                OrDie(PinSet::FromProto(prepared.pins)), GetParam().what.unlisted_clients());
    PresentedChain presented;
    if (!prepared.chain.empty()) {
      presented.leaf = prepared.chain.front();
      presented.others.assign(prepared.chain.begin() + 1, prepared.chain.end());
    }
    Verdict verdict;
    cost_ = CostOf([&] { verdict = verifier.Verify(presented, prepared.role, prepared.host, prepared.now); });
    return verdict;
  }

  Cost cost_;
};

INSTANTIATE_TEST_SUITE_P(All, OfflineCase, ::testing::ValuesIn(AllCases()),
                         [](const auto& info) { return TestNameOf(info.param); });

// OpenSSL takes the first issuer that fits, so it must find the path when the certificates are sent in another order.
std::string ObjectionToEachOrder(PreparedCase prepared) {
  std::string objection;
  for (size_t turn = 1; turn < prepared.chain.size(); ++turn) {
    std::rotate(prepared.chain.begin() + 1, prepared.chain.begin() + 2, prepared.chain.end());
    objection = ObjectionOfOpenSsl(prepared);
    if (objection.empty()) break;
  }
  return objection;
}

TEST_P(OfflineCase, HasItsExpectedVerdict) {
  const v1::CaseExpectation& expected = GetParam().what.expected();
  const PreparedCase prepared = Prepare(GetParam());
  const Verdict verdict = Judge(prepared);
  SCOPED_TRACE(GetParam().what.point());
  EXPECT_EQ(v1::Reason_Name(verdict.reason), v1::Reason_Name(expected.reason()));
  EXPECT_THAT(verdict.ToString(), HasSubstr(expected.text()));
  EXPECT_EQ(v1::Reason_Name(verdict.report_only_reason), v1::Reason_Name(expected.report_only_reason()));
  if (!expected.peer().empty()) {
    EXPECT_EQ(verdict.peer, expected.peer());
  }
  if (expected.matched() != v1::PIN_STATE_UNSPECIFIED) {
    ASSERT_TRUE(verdict.matched.has_value());
    EXPECT_EQ(ToString(verdict.matched->state), v1::PinState_Name(expected.matched()));
  }
  if (verdict.accepted()) {
    EXPECT_EQ(verdict.grpc_finds_no_path ? ObjectionToEachOrder(prepared) : ObjectionOfOpenSsl(prepared), "");
  }

  TheCostliest().Add(TestNameOf(GetParam()), cost_);
  if (IsSanitized()) return;
  EXPECT_LE(cost_.cpu, kMostTime);
  EXPECT_LE(cost_.bytes, kMostBytes);
}

TEST(Cases, AreManyAndEachHasAPointOfItsOwn) {
  std::set<std::string> points;
  std::set<std::string> folders;
  for (const Case& one : AllCases()) {
    SCOPED_TRACE(TestNameOf(one));
    EXPECT_FALSE(one.what.point().empty());
    const bool is_new = points.insert(one.what.point()).second;
    EXPECT_EQ(is_new, folders.insert(one.name).second) << "another case has the same point";
    EXPECT_NE(one.what.expected().reason(), v1::REASON_UNSPECIFIED);
    const bool is_explained = one.what.expected().reason() == v1::ACCEPTED || !one.what.expected().text().empty();
    EXPECT_TRUE(is_explained);
  }
  EXPECT_GE(folders.size(), kFewestCases);
}

}  // namespace
}  // namespace pinion::testing
