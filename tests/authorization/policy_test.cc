#include "pinion/authorization/policy.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "pinion/authorization/recorded_call.h"
#include "pinion/testing/or_die.h"

namespace pinion {
namespace {

using ::pinion::testing::OrDie;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr absl::string_view kFile = R"({
  "name": "ledger",
  "deny_rules": [
    {"name": "first", "source": {"principals": ["peer:zeta", "peer:*", "spiffe://a/*"]}},
    {"name": "second", "source": {"principals": ["peer:alpha", "peer:zeta"]}}
  ],
  "allow_rules": [{"name": "third", "request": {"paths": ["*"]}}],
  "audit_logging_options": {
    "audit_condition": "ON_ALLOW",
    "audit_loggers": [{"name": "unheard-of", "is_optional": true}, {"name": "stdout_logger"}]
  }
})";

std::shared_ptr<const AuthorizationPolicy> PolicyOf(absl::string_view text) {
  return OrDie(AuthorizationPolicy::FromJson(text, "policy.json"));
}

TEST(PolicyTest, KeepsWhatTheFileSays) {
  const auto policy = PolicyOf(kFile);
  EXPECT_EQ(policy->name(), "ledger");
  ASSERT_EQ(policy->rules().size(), 3);
  EXPECT_EQ(policy->rules()[1].name, "second");
  EXPECT_EQ(policy->rules()[1].effect, Effect::kDeny);
  EXPECT_EQ(policy->rules()[2].name, "third");
  EXPECT_EQ(policy->rules()[2].effect, Effect::kAllow);
}

TEST(PolicyTest, ListsThePeersItNames) {
  EXPECT_THAT(PolicyOf(kFile)->peers(), ElementsAre("alpha", "zeta"));
  EXPECT_THAT(AuthorizationPolicy::AllowEveryAuthenticatedPeer()->peers(), IsEmpty());
}

TEST(PolicyTest, KnowsWhatToAudit) {
  const auto policy = PolicyOf(kFile);
  const v1::AuditLoggingOptions& options = policy->audit_logging_options();
  EXPECT_EQ(options.audit_condition(), v1::AuditLoggingOptions::ON_ALLOW);
  ASSERT_EQ(options.audit_loggers_size(), 1);
  EXPECT_EQ(options.audit_loggers(0).name(), "stdout_logger");
  EXPECT_EQ(AuthorizationPolicy::AllowEveryAuthenticatedPeer()->audit_logging_options().audit_condition(),
            v1::AuditLoggingOptions::AUDIT_CONDITION_UNSPECIFIED);
}

TEST(PolicyTest, ALoggersPathIsRelativeToTheFile) {
  const auto path_in = [](absl::string_view path, absl::string_view file) {
    const auto policy = OrDie(AuthorizationPolicy::FromJson(
        absl::StrCat(R"({"name": "p", "allow_rules": [{"name": "r"}], "audit_logging_options": {"audit_loggers": [)",
                     R"({"name": "stdout_logger"}, {"name": "file_logger", "config": {"path": ")", path, R"("}}]}})"),
        file));
    EXPECT_EQ(policy->audit_logging_options().audit_loggers(0).config().path(), "");
    return policy->audit_logging_options().audit_loggers(1).config().path();
  };
  EXPECT_EQ(path_in("audit.log", "etc/policy.json"), "etc/audit.log");
  EXPECT_EQ(path_in("audit.log", "policy.json"), "audit.log");
  EXPECT_EQ(path_in("/audit.log", "etc/policy.json"), "/audit.log");
}

TEST(PolicyTest, SaysTheSameWhateverTheLayout) {
  const auto policy = PolicyOf(kFile);
  EXPECT_TRUE(policy->SaysTheSameAs(*PolicyOf(absl::StrCat("// again\n", absl::StrReplaceAll(kFile, {{" ", "\n"}})))));
  for (const absl::string_view word : {"ledger", "second", "third", "alpha", "spiffe://a/", "unheard-of"}) {
    EXPECT_FALSE(policy->SaysTheSameAs(*PolicyOf(absl::StrReplaceAll(kFile, {{word, "other"}})))) << word;
  }
}

TEST(PolicyTest, AFileIsNamedInItsErrors) {
  EXPECT_EQ(AuthorizationPolicy::FromJson("{\"name\": \"a\",\n \"allow_rules\": []}", "policy.json").status().message(),
            "policy.json:2:17: allow_rules: is missing or empty, so every call would be denied; add a rule for what is "
            "allowed");
}

TEST(PolicyTest, AnErrorOfAMessageNamesThePathAlone) {
  v1::AuthorizationPolicy proto;
  proto.set_name("a");
  proto.add_allow_rules()->set_name("b");
  proto.mutable_allow_rules(0)->mutable_request()->add_paths("b");
  const absl::Status status = AuthorizationPolicy::FromProto(proto).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(),
            "allow_rules[0].request.paths[0]: rule \"b\": \"b\" matches no method; write \"/package.Service/Method\", "
            "\"/package.Service/*\" or \"*/Method\"");
}

TEST(PolicyTest, EveryAuthenticatedPeerMeansThoseWithAName) {
  const auto policy = AuthorizationPolicy::AllowEveryAuthenticatedPeer();
  v1::RecordedCall call;
  call.set_path("/a.B/C");
  EXPECT_EQ(ToString(policy->Evaluate(ViewOf(call))), "denied: no rule allows it");
  call.set_subject("CN=a");
  EXPECT_EQ(ToString(policy->Evaluate(ViewOf(call))), "allowed by rule \"every-authenticated-peer\"");
  call.set_path("/a.B");
  EXPECT_EQ(ToString(policy->Evaluate(ViewOf(call))), "denied: its path is not /SERVICE/METHOD");
}

TEST(PolicyTest, AsksNothingThatNoRuleNeeds) {
  CallToAuthorize call;
  call.path = "/a.B/C";
  call.subject = "CN=a";
  int header_requests = 0;
  int peer_requests = 0;
  call.header = [&](absl::string_view) -> std::optional<std::string> {
    ++header_requests;
    return "v";
  };
  call.peers = [&] {
    ++peer_requests;
    return CallerPeers{{"other"}, true};
  };
  AuthorizationPolicy::AllowEveryAuthenticatedPeer()->Evaluate(call);
  EXPECT_EQ(header_requests, 0);
  EXPECT_EQ(peer_requests, 0);
  // Each of the five rules needs one attribute of the call; each attribute is requested once.
  PolicyOf(R"({"name": "p", "deny_rules": [
      {"name": "1", "source": {"principals": ["peer:a"]}}, {"name": "2", "source": {"principals": ["peer:b"]}},
      {"name": "3", "request": {"headers": [{"key": "h", "values": ["a", "b"]}]}},
      {"name": "4", "request": {"headers": [{"key": "h", "values": ["c"]}]}}],
      "allow_rules": [{"name": "5", "request": {"headers": [{"key": "h", "values": ["d"]}]}}]})")
      ->Evaluate(call);
  EXPECT_EQ(header_requests, 1);
  EXPECT_EQ(peer_requests, 1);
}

}  // namespace
}  // namespace pinion
