// Headers that HTTP/2 forbids. A rule does not match such a header, but a handler or proxy may read it as the header
// that the rule names. So such a header denies the call if the policy has header rules.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "pinion/authorization/policy.h"
#include "pinion/authorization/recorded_call.h"
#include "pinion/testing/or_die.h"

namespace pinion {
namespace {

using ::pinion::testing::OrDie;

// A policy with a deny rule and one with an allow rule, on `key` with the value "test".
std::vector<std::shared_ptr<const AuthorizationPolicy>> PoliciesOn(absl::string_view key) {
  const std::string rule =
      absl::StrCat(R"({"name": "rule", "request": {"headers": [{"key": ")", key, R"(", "values": ["test"]}]}})");
  return {OrDie(AuthorizationPolicy::FromJson(
              absl::StrCat(R"({"name": "p", "deny_rules": [)", rule, R"(], "allow_rules": [{"name": "all"}]})"), "p")),
          OrDie(AuthorizationPolicy::FromJson(absl::StrCat(R"({"name": "p", "allow_rules": [)", rule, "]}"), "p"))};
}

DecisionReason ReasonFor(const AuthorizationPolicy& policy,
                         const std::vector<std::pair<std::string, std::string>>& headers) {
  v1::RecordedCall call;
  call.set_path("/a.B/C");
  for (const auto& [key, value] : headers) {
    v1::RecordedCall::Header* const header = call.add_headers();
    header->set_key(key);
    header->set_value(value);
  }
  return policy.Evaluate(ViewOf(call)).reason;
}

TEST(MalformedHeaderTest, ANameThatHttp2ForbidsDeniesTheCall) {
  for (const char* name : {"Cookie", "COOKIE", "X-Other", "cookie ", "co:okie", "cookie\x7f", "c\xc3\xb6okie"}) {
    for (const auto& policy : PoliciesOn("cookie")) {
      EXPECT_EQ(ReasonFor(*policy, {{"cookie", "test"}, {name, "b"}}), DecisionReason::kMalformedHeader) << name;
      EXPECT_EQ(ReasonFor(*policy, {{name, "b"}}), DecisionReason::kMalformedHeader) << name;
    }
  }
}

TEST(MalformedHeaderTest, AValueThatEndsEarlyForAHandlerDeniesTheCall) {
  for (const char end : {'\0', '\r', '\n'}) {
    const std::string value = absl::StrCat("test", std::string(1, end), "x");
    for (const auto& policy : PoliciesOn("x-mode")) {
      EXPECT_EQ(ReasonFor(*policy, {{"x-mode", value}}), DecisionReason::kMalformedHeader);
      EXPECT_EQ(ReasonFor(*policy, {{"x-mode", "test"}, {"x-other", value}}), DecisionReason::kMalformedHeader);
    }
  }
}

TEST(MalformedHeaderTest, UnusualNamesAndBinaryValuesAreWellFormed) {
  const auto allows = PoliciesOn("x-mode").back();
  EXPECT_EQ(ReasonFor(*allows, {{"x-mode", "test"}, {"x_1.2-3!~", "b\xff\t"}, {"other-bin", std::string("\0\n", 2)}}),
            DecisionReason::kAllowRule);
}

TEST(MalformedHeaderTest, WithoutHeaderRulesHeadersDoNotMatter) {
  const auto policy = OrDie(AuthorizationPolicy::FromJson(R"({"name": "p", "allow_rules": [{"name": "all"}]})", "p"));
  EXPECT_EQ(ReasonFor(*policy, {{"Cookie", "a"}}), DecisionReason::kAllowRule);
}

}  // namespace
}  // namespace pinion
