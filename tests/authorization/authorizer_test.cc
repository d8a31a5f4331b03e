#include "pinion/authorization/authorizer.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "pinion/audit_line.h"
#include "tests/authorization/audited_calls.h"

namespace pinion {
namespace {

using ::pinion::testing::AuditSink;
using ::pinion::testing::CallTo;
using ::pinion::testing::LinesOf;
using ::pinion::testing::OrDie;
using ::pinion::testing::PathFor;
using ::pinion::testing::WaitUntil;
using ::pinion::testing::YesAndNo;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using Policy = std::shared_ptr<const AuthorizationPolicy>;

// "p: yes allowed /s/Yes", followed by the shadow policy's decision.
std::string EventText(const AuditEvent& event) {
  const auto decision_text = [](const AuditedDecision& decision) {
    return absl::StrCat(decision.policy_name, ": ", decision.matched_rule,
                        decision.authorized ? " allowed" : " denied");
  };
  return absl::StrCat(decision_text(event.decision), " ", event.rpc_method,
                      event.shadow.has_value() ? absl::StrCat(", ", decision_text(*event.shadow)) : "");
}

struct Audited {
  std::vector<std::string> by_sink;
  std::vector<std::string> by_loggers;
};

// The audit of one call to each of three methods: allowed, denied by a rule, and denied because no rule matches.
Audited AuditUnder(const std::string& audit, const Policy& shadow = nullptr, bool has_sink = true) {
  const std::string path = PathFor("audited.log");
  std::remove(path.c_str());
  const auto sink = std::make_shared<AuditSink>();
  {
    const std::string loggers = R"(, "audit_loggers": [{"name": "file_logger", "config": {"path": ")" + path + "\"}}]";
    const std::string options = absl::StrCat("{", audit.empty() ? R"("audit_condition": "NONE")" : audit, loggers, "}");
    const std::string without_condition = absl::StrCat("{", loggers.substr(2), "}");
    Authorizer authorizer(YesAndNo("p", audit == "unset" ? without_condition : options), shadow,
                          has_sink ? sink : nullptr);
    EXPECT_TRUE(authorizer.Allow(CallTo("/s/Yes")));
    EXPECT_FALSE(authorizer.Allow(CallTo("/s/No")));
    EXPECT_FALSE(authorizer.Allow(CallTo("/s/Other")));
  }
  Audited audited;
  for (const AuditEvent& event : sink->events()) audited.by_sink.push_back(EventText(event));
  audited.by_loggers = LinesOf(path);
  return audited;
}

constexpr char kYes[] = "p: yes allowed /s/Yes";
constexpr char kNo[] = "p: no denied /s/No";
constexpr char kOther[] = "p:  denied /s/Other";

TEST(AuthorizerTest, TheConditionSelectsTheAuditedCalls) {
  const Audited none = AuditUnder(R"("audit_condition": "NONE")");
  EXPECT_THAT(none.by_sink, IsEmpty());
  EXPECT_THAT(none.by_loggers, IsEmpty());
  const Audited on_deny = AuditUnder(R"("audit_condition": "ON_DENY")");
  EXPECT_THAT(on_deny.by_sink, ElementsAre(kNo, kOther));
  EXPECT_THAT(on_deny.by_loggers, SizeIs(2));
  const Audited on_allow = AuditUnder(R"("audit_condition": "ON_ALLOW")");
  EXPECT_THAT(on_allow.by_sink, ElementsAre(kYes));
  EXPECT_THAT(on_allow.by_loggers, SizeIs(1));
  const Audited both = AuditUnder(R"("audit_condition": "ON_DENY_AND_ALLOW")");
  EXPECT_THAT(both.by_sink, ElementsAre(kYes, kNo, kOther));
  EXPECT_THAT(both.by_loggers, SizeIs(3));
}

TEST(AuthorizerTest, WithoutAConditionTheSinkReceivesDeniedCallsAndTheLoggersNone) {
  const Audited audited = AuditUnder("unset");
  EXPECT_THAT(audited.by_sink, ElementsAre(kNo, kOther));
  EXPECT_THAT(audited.by_loggers, IsEmpty());
}

TEST(AuthorizerTest, LoggersNeedNoSink) {
  const Audited audited = AuditUnder(R"("audit_condition": "ON_ALLOW")", nullptr, /*has_sink=*/false);
  EXPECT_THAT(audited.by_loggers, SizeIs(1));
}

Policy Shadow() {
  return OrDie(AuthorizationPolicy::FromJson(
      R"({"name": "s", "deny_rules": [{"name": "not-other", "request": {"paths": ["/s/Yes"]}}],
          "allow_rules": [{"name": "now-no", "request": {"paths": ["/s/No"]}}]})",
      "shadow"));
}

TEST(AuthorizerTest, AShadowDecidesNothingAndItsDifferencesAreReportedUnderAnyCondition) {
  constexpr char kYesDiffers[] = "p: yes allowed /s/Yes, s: not-other denied";
  constexpr char kNoDiffers[] = "p: no denied /s/No, s: now-no allowed";
  for (const char* audit : {"unset", R"("audit_condition": "NONE")", R"("audit_condition": "ON_ALLOW")"}) {
    const Audited audited = AuditUnder(audit, Shadow());
    if (std::string(audit) == "unset") {
      EXPECT_THAT(audited.by_sink, ElementsAre(kYesDiffers, kNoDiffers, kOther));
    } else {
      EXPECT_THAT(audited.by_sink, ElementsAre(kYesDiffers, kNoDiffers)) << audit;
    }
    EXPECT_THAT(audited.by_loggers, SizeIs(2)) << audit;
  }
  const Audited all = AuditUnder(R"("audit_condition": "ON_DENY_AND_ALLOW")", Shadow());
  EXPECT_THAT(all.by_sink, ElementsAre(kYesDiffers, kNoDiffers, kOther));
  EXPECT_THAT(AuditUnder("unset", Shadow(), /*has_sink=*/false).by_loggers, SizeIs(2));
}

TEST(AuthorizerTest, AShadowWithTheSameDecisionIsNotReportedForItsOtherRules) {
  const Policy alike = OrDie(AuthorizationPolicy::FromJson(
      R"({"name": "s", "allow_rules": [{"name": "another", "request": {"paths": ["/s/Yes"]}}]})", "shadow"));
  EXPECT_THAT(AuditUnder(R"("audit_condition": "ON_DENY_AND_ALLOW")", alike).by_sink, ElementsAre(kYes, kNo, kOther));
}

// The only event of one call that is denied.
AuditEvent EventOf(const CallToAuthorize& call) {
  const auto sink = std::make_shared<AuditSink>();
  {
    Authorizer authorizer(YesAndNo("p"), nullptr, sink, [] { return absl::FromUnixMicros(1780272000000007); });
    EXPECT_FALSE(authorizer.Allow(call));
  }
  return sink->events().at(0);
}

TEST(AuthorizerTest, ReportsWhatIsKnownOfTheCaller) {
  CallToAuthorize call = CallTo("/s/No");
  AuditEvent event = EventOf(call);
  EXPECT_EQ(event.time, absl::FromUnixMicros(1780272000000007));
  EXPECT_EQ(event.principal, "spiffe://prod/a");
  EXPECT_EQ(event.subject, "CN=a");
  EXPECT_EQ(event.peer, "");
  EXPECT_EQ(event.pin, "");
  call.uri_sans.clear();
  call.peers = [] { return CallerPeers{{"pay"}, true}; };
  call.pin = [] { return std::string("sha256/AAAA="); };
  event = EventOf(call);
  EXPECT_EQ(event.principal, "a.test");
  EXPECT_EQ(event.peer, "pay");
  EXPECT_EQ(event.pin, "sha256/AAAA=");
  call.dns_sans.clear();
  call.peers = [] { return CallerPeers{{"pay", "ledger"}, true}; };
  event = EventOf(call);
  EXPECT_EQ(event.principal, "CN=a");
  EXPECT_EQ(event.peer, "pay,ledger");
}

TEST(AuthorizerTest, ShortensTheNamesOfACertificateThatAreLongerThanAnySpiffeId) {
  const std::string longest(2048, 'x');
  const std::string longer = longest + "yyy";
  CallToAuthorize call = CallTo("/s/No");
  call.uri_sans = {longest};
  EXPECT_EQ(EventOf(call).principal, longest);
  call.uri_sans = {longer};
  call.subject = longer;
  call.peers = [&] { return CallerPeers{{longer}, true}; };
  call.pin = [&] { return longer; };
  const AuditEvent event = EventOf(call);
  for (const std::string& text : {event.principal, event.subject, event.peer, event.pin}) {
    EXPECT_EQ(text, longest + "...(3 more bytes)");
  }
}

TEST(AuthorizerTest, ShortensAMethodByTheBytesThatItsLineTakes) {
  const std::string longest(256, 'x');
  EXPECT_EQ(EventOf(CallTo(longest)).rpc_method, longest);
  EXPECT_EQ(EventOf(CallTo(longest + "y")).rpc_method, longest + "...(1 more bytes)");
  const size_t usual = AuditLine(EventOf(CallTo("/s/No"))).size();
  for (const char hostile : {'\n', '\0', '"', '\\', '\x7f', '\xff'}) {
    const AuditEvent event = EventOf(CallTo(std::string(8000, hostile)));
    EXPECT_THAT(event.rpc_method, ::testing::HasSubstr(" more bytes)"));
    EXPECT_LT(AuditLine(event).size(), usual + 300);
  }
}

TEST(AuthorizerTest, ACallIsDecidedByOnePolicyWhollyWhileTheyAreSwapped) {
  const Policy a = OrDie(AuthorizationPolicy::FromJson(
      R"({"name": "A", "allow_rules": [{"name": "a"}], "audit_logging_options": {"audit_condition": "ON_ALLOW"}})",
      "A"));
  const Policy b = OrDie(AuthorizationPolicy::FromJson(
      R"({"name": "B", "deny_rules": [{"name": "b"}], "allow_rules": [{"name": "never"}],
          "audit_logging_options": {"audit_condition": "ON_DENY"}})",
      "B"));
  const auto sink = std::make_shared<AuditSink>();
  std::atomic<int64_t> allowed{0};
  std::atomic<int64_t> denied{0};
  int64_t dropped = 0;
  {
    Authorizer authorizer(a, b, sink);
    std::atomic<bool> is_over{false};
    std::vector<std::thread> callers;
    callers.reserve(8);
    for (int i = 0; i < 8; ++i) {
      callers.emplace_back([&] {
        while (!is_over) ++(authorizer.Allow(CallTo("/s/Yes")) ? allowed : denied);
      });
    }
    EXPECT_TRUE(WaitUntil([&] { return allowed > 0; }));
    for (int i = 0; i < 5000; ++i) {
      authorizer.Use(a, b);
      authorizer.Use(b, a);
    }
    EXPECT_TRUE(WaitUntil([&] { return denied > 0; }));
    is_over = true;
    for (std::thread& caller : callers) caller.join();
    dropped = authorizer.dropped();
  }
  // The shadow policy decides each call differently, so an event counts each call.
  int64_t counted = 0;
  for (const AuditEvent& event : sink->events()) counted += event.count;
  EXPECT_EQ(counted + dropped, allowed + denied);
  for (const AuditEvent& event : sink->events()) {
    const std::string text = EventText(event);
    EXPECT_TRUE(text == "A: a allowed /s/Yes, B: b denied" || text == "B: b denied /s/Yes, A: a allowed") << text;
  }
}

TEST(AuthorizerTest, APolicySetDuringACallDecidesTheNextCall) {
  const auto policy_of = [](const char* name, const char* peer) {
    return OrDie(AuthorizationPolicy::FromJson(
        absl::StrCat(R"({"name": ")", name, R"(", "allow_rules": [{"name": "allows", "source": {"principals": ["peer:)",
                     peer, R"("]}}]})"),
        name));
  };
  const Policy allows = policy_of("A", "pay");
  const Policy denies = policy_of("B", "other");
  const auto sink = std::make_shared<AuditSink>();
  {
    Authorizer authorizer(allows, denies, sink);
    CallToAuthorize call = CallTo("/s/Yes");
    // The policies request the peers during their evaluation.
    call.peers = [&] {
      authorizer.Use(denies, allows);
      return CallerPeers{{"pay"}, true};
    };
    EXPECT_TRUE(authorizer.Allow(call));
    EXPECT_FALSE(authorizer.Allow(call));
  }
  std::vector<std::string> texts;
  for (const AuditEvent& event : sink->events()) texts.push_back(EventText(event));
  EXPECT_THAT(texts, ElementsAre("A: allows allowed /s/Yes, B:  denied", "B:  denied /s/Yes, A: allows allowed"));
}

TEST(AuthorizerTest, ANewPolicyDecidesTheNextCall) {
  const auto sink = std::make_shared<AuditSink>();
  Authorizer authorizer(YesAndNo("p"), nullptr, sink);
  EXPECT_TRUE(authorizer.Allow(CallTo("/s/Yes")));
  authorizer.Use(Shadow(), nullptr);
  EXPECT_FALSE(authorizer.Allow(CallTo("/s/Yes")));
  EXPECT_TRUE(authorizer.Allow(CallTo("/s/No")));
}

}  // namespace
}  // namespace pinion
