// Whether a policy allows a caller anything.
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "pinion/authorization/policy.h"
#include "pinion/testing/or_die.h"

namespace pinion {
namespace {

using testing::OrDie;

constexpr char kCaller[] = "spiffe://test/orders";

// A rule about the caller, with these paths; none if they are empty.
std::string Rule(const std::string& name, const std::string& paths, const std::string& principal = kCaller,
                 const std::string& more = "") {
  const std::string request =
      paths.empty() && more.empty()
          ? ""
          : absl::StrCat(R"(, "request": {)", paths.empty() ? "" : R"("paths": [)", paths, paths.empty() ? "" : "]",
                         paths.empty() || more.empty() ? "" : ", ", more, "}");
  return absl::StrCat(R"({"name": ")", name, R"(", "source": {"principals": [")", principal, R"("]})", request, "}");
}

Decision Best(const std::string& allow_rules, const std::string& deny_rules = "") {
  static auto* const kept = new std::vector<std::shared_ptr<const AuthorizationPolicy>>();  // a decision points into it
  kept->push_back(OrDie(AuthorizationPolicy::FromJson(
      absl::StrCat(R"({"name": "p", "deny_rules": [)", deny_rules, R"(], "allow_rules": [)", allow_rules, "]}"), "p")));
  CallToAuthorize caller;
  caller.uri_sans = {kCaller};
  return kept->back()->DecideBestCall(caller);
}

TEST(BestCallTest, AnAllowRuleOfTheCallerSuffices) {
  EXPECT_TRUE(Best(Rule("a", "")).allowed);
  EXPECT_TRUE(Best(Rule("a", R"("/x.Y/Z")")).allowed);
  EXPECT_EQ(Best(Rule("a", "", "spiffe://test/other")).reason, DecisionReason::kNoRule);
}

TEST(BestCallTest, ADenyRuleThatCoversEveryAllowedPathDeniesAll) {
  const std::string allow = Rule("a", R"("/x.Y/A", "/x.Y/B*")");
  for (const char* paths : {"", R"("*")", R"("/x.*")", R"("/x.Y/A", "/x.Y/B*")", R"("/x.Y/*", "*C")"}) {
    const Decision decision = Best(allow, Rule("d", paths));
    EXPECT_FALSE(decision.allowed) << paths;
    EXPECT_EQ(decision.reason, DecisionReason::kDenyRule) << paths;
    EXPECT_EQ(decision.rule, "d") << paths;
  }
  for (const char* paths : {R"("/x.Y/A")", R"("/x.Y/BC*", "/x.Y/A")", R"("*A", "*B")", R"("/z.*")"}) {
    EXPECT_TRUE(Best(allow, Rule("d", paths)).allowed) << paths;
  }
  EXPECT_TRUE(Best(allow, Rule("d", "", "spiffe://test/other")).allowed);
}

TEST(BestCallTest, AnAllowRuleForEveryPathIsCoveredByEveryPathOnly) {
  EXPECT_FALSE(Best(Rule("a", ""), Rule("d", R"("*")")).allowed);
  EXPECT_FALSE(Best(Rule("a", R"("*")"), Rule("d", "")).allowed);
  EXPECT_TRUE(Best(Rule("a", ""), Rule("d", R"("/*")")).allowed);
}

TEST(BestCallTest, ADenyRuleWithHeadersLeavesCallsWithoutThem) {
  const std::string header = R"("headers": [{"key": "x-team", "values": ["red"]}])";
  EXPECT_TRUE(Best(Rule("a", ""), Rule("d", "", kCaller, header)).allowed);
  EXPECT_TRUE(Best(Rule("a", "", kCaller, header)).allowed);
}

TEST(BestCallTest, OneAllowedRuleOfSeveralSuffices) {
  const std::string allow = absl::StrCat(Rule("a", R"("/x.Y/A")"), ", ", Rule("b", R"("/x.Y/B")"));
  EXPECT_EQ(Best(allow, Rule("d", R"("/x.Y/A")")).rule, "b");
}

}  // namespace
}  // namespace pinion
