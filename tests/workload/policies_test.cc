#include "pinion/workload/policies.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "pinion/testing/matchers.h"
#include "tests/workload/fake_source.h"

namespace pinion {
namespace {

using testing::IsOk;
using ::testing::SizeIs;
using testing::StatusIs;

constexpr char kNoName[] =
    "policy.json:1:1: name: is missing or empty; name the policy, because the audit reports decisions by this name";

class PoliciesTest : public ::testing::Test {
 protected:
  PoliciesTest() {
    policy_->contents = {{Policy("first")}};
    shadow_->contents = {{Policy("candidate")}};
  }
  static std::string Policy(const std::string& name) {
    return absl::StrCat(R"({"name": ")", name, R"(", "allow_rules": [{"name": "all"}]})");
  }

  static ServerOptions Options() {
    ServerOptions options;
    options.authorization_policy = DataSource::File("policy.json");
    options.shadow_policy = DataSource::File("shadow.json");
    return options;
  }

  const std::shared_ptr<FakeSource> policy_ = std::make_shared<FakeSource>();
  const std::shared_ptr<FakeSource> shadow_ = std::make_shared<FakeSource>();
  std::vector<ReloadEvent> news_;
  const ReloadContext context_ = {absl::Now(), &news_};
  Policies policies_{policy_, shadow_, Options()};
};

TEST_F(PoliciesTest, AreAdoptedEachByItself) {
  EXPECT_THAT(policies_.Start(context_), IsOk());
  EXPECT_EQ(policies_.policy()->name(), "first");
  EXPECT_EQ(policies_.shadow()->name(), "candidate");
  news_.clear();
  policy_->contents = {{"{}"}};
  shadow_->contents = {{Policy("other")}};
  EXPECT_TRUE(policies_.Reload(context_));
  EXPECT_EQ(policies_.policy()->name(), "first");
  EXPECT_EQ(policies_.shadow()->name(), "other");
  EXPECT_EQ(policies_.policy_status()->error.message(), kNoName);
  ASSERT_THAT(news_, SizeIs(2));
  EXPECT_EQ(news_[0].source, "authorization_policy");
  EXPECT_EQ(news_[0].error, kNoName);
  EXPECT_EQ(news_[1].source, "shadow_policy");
  EXPECT_EQ(news_[1].generation, 2);
}

TEST_F(PoliciesTest, ReportEachChangeOnceAndRecover) {
  EXPECT_THAT(policies_.Start(context_), IsOk());
  policy_->contents = {{"{}"}};
  policies_.Reload(context_);
  news_.clear();
  EXPECT_FALSE(policies_.Reload(context_));
  EXPECT_THAT(news_, SizeIs(0));
  policy_->contents = {{Policy("first") + "  // says the same"}};
  EXPECT_FALSE(policies_.Reload(context_));
  EXPECT_TRUE(policies_.policy_status()->error.ok());
  EXPECT_EQ(policies_.policy_status()->generation, 1);
  ASSERT_THAT(news_, SizeIs(1));
  EXPECT_EQ(news_[0].error, "");
}

TEST_F(PoliciesTest, DoNotStartWithABadOne) {
  policy_->contents = {{"{}"}};
  EXPECT_THAT(policies_.Start(context_), StatusIs(absl::StatusCode::kInvalidArgument, kNoName));
}

TEST_F(PoliciesTest, OfAServerThatAllowsEveryAuthenticatedPeerNeverChange) {
  ServerOptions options;
  options.authorization = v1::ALLOW_EVERY_AUTHENTICATED_PEER;
  Policies fixed(nullptr, nullptr, options);
  EXPECT_THAT(fixed.Start(context_), IsOk());
  EXPECT_FALSE(fixed.Reload(context_));
  EXPECT_NE(fixed.policy(), nullptr);
  EXPECT_EQ(fixed.shadow(), nullptr);
  EXPECT_FALSE(fixed.policy_status().has_value());
}

}  // namespace
}  // namespace pinion
