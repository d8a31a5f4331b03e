// How a policy evaluates a call: gRFC A43's semantics, and the gaps in them that Pinion closes.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "pinion/authorization/policy.h"
#include "pinion/authorization/recorded_call.h"
#include "pinion/testing/or_die.h"

namespace pinion {
namespace {

using ::pinion::testing::OrDie;

constexpr absl::string_view kNoRule = "denied: no rule allows it";
constexpr absl::string_view kBadPath = "denied: its path is not /SERVICE/METHOD";
constexpr absl::string_view kAllowed = "allowed by rule \"allow\"";
constexpr absl::string_view kDenied = "denied by rule \"deny\"";

// A policy with these lists of rules.
std::shared_ptr<const AuthorizationPolicy> PolicyWith(absl::string_view deny_rules, absl::string_view allow_rules) {
  return OrDie(AuthorizationPolicy::FromJson(
      absl::StrCat(R"({"name": "p", "deny_rules": [)", deny_rules, R"(], "allow_rules": [)", allow_rules, "]}"), "p"));
}

// A policy with one allow rule, "allow", whose other members are `rest`.
std::shared_ptr<const AuthorizationPolicy> Allowing(absl::string_view rest) {
  return PolicyWith("", absl::StrCat(R"({"name": "allow", )", rest, "}"));
}

// A policy with one deny rule, "deny", whose other members are `rest`; the rule "allow" allows all other calls.
std::shared_ptr<const AuthorizationPolicy> Denying(absl::string_view rest) {
  return PolicyWith(absl::StrCat(R"({"name": "deny", )", rest, "}"), R"({"name": "allow"})");
}

v1::RecordedCall CallTo(absl::string_view path) {
  v1::RecordedCall call;
  call.set_path(std::string(path));
  return call;
}

v1::RecordedCall CallFrom(const std::vector<std::string>& uris, const std::vector<std::string>& dns = {},
                          const std::string& subject = "") {
  v1::RecordedCall call = CallTo("/a.B/C");
  call.mutable_uri_sans()->Assign(uris.begin(), uris.end());
  call.mutable_dns_sans()->Assign(dns.begin(), dns.end());
  call.set_subject(subject);
  return call;
}

v1::RecordedCall CallOfPeers(const std::vector<std::string>& peers) {
  v1::RecordedCall call = CallTo("/a.B/C");
  call.mutable_peers()->Assign(peers.begin(), peers.end());
  return call;
}

v1::RecordedCall CallWith(const std::vector<std::pair<std::string, std::string>>& headers) {
  v1::RecordedCall call = CallTo("/a.B/C");
  for (const auto& [key, value] : headers) {
    v1::RecordedCall::Header* const header = call.add_headers();
    header->set_key(key);
    header->set_value(value);
  }
  return call;
}

std::string Outcome(const std::shared_ptr<const AuthorizationPolicy>& policy, const v1::RecordedCall& call) {
  const Decision decision = policy->Evaluate(ViewOf(call));
  // kAllowRule is the only reason that allows a call.
  EXPECT_EQ(decision.allowed, decision.reason == DecisionReason::kAllowRule);
  return ToString(decision);
}

TEST(EvaluationTest, DenyRulesComeFirstThenAllowRulesElseItIsDenied) {
  const auto policy = PolicyWith(R"({"name": "deny", "request": {"paths": ["/a.B/Deny", "/a.B/Both"]}})",
                                 R"({"name": "allow", "request": {"paths": ["/a.B/Allow", "/a.B/Both"]}})");
  EXPECT_EQ(Outcome(policy, CallTo("/a.B/Deny")), kDenied);
  EXPECT_EQ(Outcome(policy, CallTo("/a.B/Both")), kDenied);
  EXPECT_EQ(Outcome(policy, CallTo("/a.B/Allow")), kAllowed);
  EXPECT_EQ(Outcome(policy, CallTo("/a.B/Neither")), kNoRule);
}

TEST(EvaluationTest, TheFilesFirstRuleThatMatchesIsNamed) {
  const auto policy = PolicyWith("", R"({"name": "1", "request": {"paths": ["/x.Y/Z"]}},
      {"name": "2", "request": {"paths": ["/a.B/*"], "headers": [{"key": "h", "values": ["*"]}]}},
      {"name": "3", "request": {"paths": ["/a.B/D", "/a.B/C"]}}, {"name": "4"},
      {"name": "5", "request": {"paths": ["/a.B/C", "/a.B/E"]}})");
  EXPECT_EQ(Outcome(policy, CallTo("/a.B/C")), "allowed by rule \"3\"");
  EXPECT_EQ(Outcome(policy, CallWith({{"h", "v"}})), "allowed by rule \"2\"");
  EXPECT_EQ(Outcome(policy, CallTo("/a.B/E")), "allowed by rule \"4\"");
  EXPECT_EQ(Outcome(policy, CallTo("/x.Y/Z")), "allowed by rule \"1\"");
}

TEST(EvaluationTest, WhatIsMissingOrEmptyMatchesEverything) {
  for (const absl::string_view rest :
       {R"("source": {})", R"("source": {"principals": []})", R"("request": {})",
        R"("request": {"paths": [], "headers": []})", R"("source": {}, "request": {})"}) {
    EXPECT_EQ(Outcome(Allowing(rest), CallTo("/a.B/C")), kAllowed) << rest;
    EXPECT_EQ(Outcome(Denying(rest), CallTo("/a.B/C")), kDenied) << rest;
  }
}

TEST(EvaluationTest, SourceAndRequestMustBothMatch) {
  // Rules without path patterns are found by their paths, others without principal patterns by their principals; the
  // rest are tried one by one.
  for (const absl::string_view paths : {R"("/a.B/C")", R"("*/C")"}) {
    for (const absl::string_view principals : {R"("a")", R"("a*")"}) {
      SCOPED_TRACE(absl::StrCat(paths, " ", principals));
      const auto policy = Allowing(
          absl::StrCat(R"("source": {"principals": [)", principals, R"(]}, "request": {"paths": [)", paths, "]}"));
      EXPECT_EQ(Outcome(policy, CallFrom({"a"})), kAllowed);
      EXPECT_EQ(Outcome(policy, CallFrom({"b"})), kNoRule);
      v1::RecordedCall call = CallFrom({"a"});
      call.set_path("/a.B/D");
      EXPECT_EQ(Outcome(policy, call), kNoRule);
    }
  }
}

TEST(EvaluationTest, PathsAreOred) {
  const auto policy = Allowing(R"("request": {"paths": ["/a.B/C", "/d.E/*", "*/F"]})");
  for (const absl::string_view path : {"/a.B/C", "/d.E/C", "/d.E/G", "/x/F", "/a.B/F"}) {
    EXPECT_EQ(Outcome(policy, CallTo(path)), kAllowed) << path;
  }
  for (const absl::string_view path : {"/a.B/D", "/a.B/CC", "/a.b/C", "/xa.B/C", "/d.EE/C", "/x/FF", "/x/f", "/x/XF"}) {
    EXPECT_EQ(Outcome(policy, CallTo(path)), kNoRule) << path;
  }
}

TEST(EvaluationTest, APathThatIsNoMethodIsDeniedWhateverTheRulesSay) {
  const auto policy = Allowing(R"("request": {"paths": ["*"]})");
  for (const absl::string_view path : {"", "/", "//", "///", "a", "a/b", "a.B/C", "/a", "/a/", "//a", "//a/b", "/a//b",
                                       "/a/b/", "/a/b/c", "a/b/c", "*"}) {
    EXPECT_EQ(Outcome(policy, CallTo(path)), kBadPath) << path;
  }
  for (int c = 0; c < 0x100; ++c) {
    const bool is_ambiguous = c <= 0x20 || c >= 0x7f || c == '%' || c == '?' || c == '#' || c == '\\';
    if (c == '/') continue;
    const std::string letter(1, static_cast<char>(c));
    for (const std::string& path : {"/a" + letter + "/b", "/a/" + letter + "b", "/a/b" + letter}) {
      EXPECT_EQ(Outcome(policy, CallTo(path)), is_ambiguous ? kBadPath : kAllowed) << c;
    }
  }
}

TEST(EvaluationTest, APathThatAProxyMightReadAsAnotherIsNoMethod) {
  const auto policy = Denying(R"("request": {"paths": ["/a.B/C"]})");
  for (const absl::string_view path :
       {"/a.B/%43", "/a%2EB/C", "/a.B/C?", "/a.B/C#x", "/a.B%2FC/D", "/a.B\\/C", "/a.B/C ", "/a.B/C\xc3\xa4"}) {
    EXPECT_EQ(Outcome(policy, CallTo(path)), kBadPath) << path;
  }
  EXPECT_EQ(Outcome(policy, CallTo("/a.B/c")), kAllowed);
}

TEST(EvaluationTest, APrincipalIsTriedAgainstUrisDnsNamesAndTheSubject) {
  const auto policy = Allowing(R"("source": {"principals": ["one", "two"]})");
  EXPECT_EQ(Outcome(policy, CallFrom({"one"})), kAllowed);
  EXPECT_EQ(Outcome(policy, CallFrom({"x", "two"}, {"y"}, "z")), kAllowed);
  EXPECT_EQ(Outcome(policy, CallFrom({"x"}, {"y", "two"}, "z")), kAllowed);
  EXPECT_EQ(Outcome(policy, CallFrom({"x"}, {"y"}, "one")), kAllowed);
  EXPECT_EQ(Outcome(policy, CallFrom({"x"}, {"y"}, "z")), kNoRule);
  EXPECT_EQ(Outcome(policy, CallFrom({"onetwo", "One", "one "}, {"on"}, "CN=one")), kNoRule);
  EXPECT_EQ(Outcome(policy, CallFrom({})), kNoRule);
}

TEST(EvaluationTest, PrincipalsHavePatterns) {
  const auto prefix = Allowing(R"("source": {"principals": ["abc*"]})");
  const auto suffix = Allowing(R"("source": {"principals": ["*abc"]})");
  const auto presence = Allowing(R"("source": {"principals": ["*"]})");
  struct Case {
    std::string name;
    bool prefix;
    bool suffix;
    bool presence;
  };
  for (const Case& one : std::vector<Case>{{"abc", true, true, true},
                                           {"abcd", true, false, true},
                                           {"xabc", false, true, true},
                                           {"xabcd", false, false, true},
                                           {"ab", false, false, true},
                                           {"", false, false, false}}) {
    for (const v1::RecordedCall& call : {CallFrom({one.name}), CallFrom({}, {one.name}), CallFrom({}, {}, one.name)}) {
      EXPECT_EQ(Outcome(prefix, call), one.prefix ? kAllowed : kNoRule) << one.name;
      EXPECT_EQ(Outcome(suffix, call), one.suffix ? kAllowed : kNoRule) << one.name;
      EXPECT_EQ(Outcome(presence, call), one.presence ? kAllowed : kNoRule) << one.name;
    }
  }
  // A peer without any name.
  EXPECT_EQ(Outcome(presence, CallFrom({})), kNoRule);
}

TEST(EvaluationTest, APeerPrincipalIsAPeerOfThePinSetAndNoName) {
  const auto policy = Allowing(R"("source": {"principals": ["peer:pay", "name"]})");
  EXPECT_EQ(Outcome(policy, CallOfPeers({"pay"})), kAllowed);
  EXPECT_EQ(Outcome(policy, CallFrom({"name"})), kAllowed);
  EXPECT_EQ(Outcome(policy, CallOfPeers({"payments"})), kNoRule);
  EXPECT_EQ(Outcome(policy, CallOfPeers({"Pay"})), kNoRule);
  EXPECT_EQ(Outcome(policy, CallOfPeers({"name"})), kNoRule);
  EXPECT_EQ(Outcome(policy, CallFrom({"peer:pay", "pay"}, {"peer:pay", "pay"}, "peer:pay")), kNoRule);
  const auto any = Allowing(R"("source": {"principals": ["peer:*"]})");
  EXPECT_EQ(Outcome(any, CallOfPeers({"whoever"})), kAllowed);
  EXPECT_EQ(Outcome(any, CallFrom({"peer:pay"}, {"a"}, "CN=a")), kNoRule);
}

TEST(EvaluationTest, WhenItIsNotKnownWhichPeerItIsDenyRulesMatchAndAllowRulesDoNot) {
  v1::RecordedCall recorded = CallOfPeers({"pay"});
  CallToAuthorize call = ViewOf(recorded);
  call.peers = nullptr;
  for (const absl::string_view principal : {"peer:*", "peer:pay", "peer:other"}) {
    const std::string source = absl::StrCat(R"("source": {"principals": [")", principal, "\"]}");
    EXPECT_EQ(ToString(Allowing(source)->Evaluate(call)), kNoRule);
    EXPECT_EQ(ToString(Denying(source)->Evaluate(call)), kDenied);
  }
  EXPECT_EQ(ToString(Denying(R"("source": {"principals": ["*"]})")->Evaluate(call)), kAllowed);
}

// A peer's name in a certificate proves nothing while a key that is not its pin has a live connection under that name.
TEST(EvaluationTest, AnUnprovenPeerIsDeniedAsThatPeerAndAllowedAsNone) {
  const v1::RecordedCall recorded = CallOfPeers({"pay"});
  CallToAuthorize call = ViewOf(recorded);
  call.peers = [] { return CallerPeers{{"pay"}, /*are_proven=*/false}; };
  for (const absl::string_view principal : {"peer:pay", "peer:*"}) {
    const std::string source = absl::StrCat(R"("source": {"principals": [")", principal, "\"]}");
    EXPECT_EQ(ToString(Allowing(source)->Evaluate(call)), kNoRule);
    EXPECT_EQ(ToString(Denying(source)->Evaluate(call)), kDenied);
  }
  EXPECT_EQ(ToString(Denying(R"("source": {"principals": ["peer:other"]})")->Evaluate(call)), kAllowed);
}

TEST(EvaluationTest, ACallerThatIsTwoPeersIsDeniedAsEachAndAllowedAsNone) {
  for (const absl::string_view principal : {"peer:pay", "peer:*"}) {
    const std::string source = absl::StrCat(R"("source": {"principals": [")", principal, "\"]}");
    EXPECT_EQ(Outcome(Denying(source), CallOfPeers({"other", "pay"})), kDenied);
    EXPECT_EQ(Outcome(Allowing(source), CallOfPeers({"pay", "other"})), kNoRule);
    EXPECT_EQ(Outcome(Allowing(source), CallOfPeers({"pay"})), kAllowed);
  }
}

TEST(EvaluationTest, HeadersAreAndedAndTheirValuesOred) {
  const auto policy = Allowing(R"("request": {"headers": [{"key": "a", "values": ["1", "2"]},
                                                          {"key": "b", "values": ["*"]}]})");
  EXPECT_EQ(Outcome(policy, CallWith({{"a", "1"}, {"b", "x"}})), kAllowed);
  EXPECT_EQ(Outcome(policy, CallWith({{"b", "x"}, {"a", "2"}})), kAllowed);
  EXPECT_EQ(Outcome(policy, CallWith({{"a", "3"}, {"b", "x"}})), kNoRule);
  EXPECT_EQ(Outcome(policy, CallWith({{"a", "1"}})), kNoRule);
  EXPECT_EQ(Outcome(policy, CallWith({{"b", "x"}})), kNoRule);
  EXPECT_EQ(Outcome(policy, CallWith({{"a", "1"}, {"b", ""}})), kNoRule);
}

TEST(EvaluationTest, HeadersHavePatterns) {
  const auto policy = Allowing(R"("request": {"headers": [{"key": "h", "values": ["abc*", "*xyz", "mid"]}]})");
  for (const char* value : {"abc", "abcd", "xyz", "wxyz", "mid", "abcxyz"}) {
    EXPECT_EQ(Outcome(policy, CallWith({{"h", value}})), kAllowed) << value;
  }
  for (const char* value : {"", "ab", "xabc", "xyzz", "midd", "amid", "MID", " mid"}) {
    EXPECT_EQ(Outcome(policy, CallWith({{"h", value}})), kNoRule) << value;
  }
}

TEST(EvaluationTest, ARepeatedHeaderBypassesNeitherADenyRuleNorAnAllowRule) {
  constexpr absl::string_view kRest = R"("request": {"headers": [{"key": "h", "values": ["one", "team-*"]}]})";
  for (const char* value : {"one", "team-a"}) {
    EXPECT_EQ(Outcome(Denying(kRest), CallWith({{"h", value}})), kDenied);
    EXPECT_EQ(Outcome(Denying(kRest), CallWith({{"h", "x"}, {"h", value}, {"h", "y"}})), kDenied);
    EXPECT_EQ(Outcome(Denying(kRest), CallWith({{"h", "x"}})), kAllowed);
    EXPECT_EQ(Outcome(Allowing(kRest), CallWith({{"h", value}})), kAllowed);
    EXPECT_EQ(Outcome(Allowing(kRest), CallWith({{"h", value}, {"h", "x"}})), kNoRule);
    EXPECT_EQ(Outcome(Allowing(kRest), CallWith({{"h", "x"}, {"h", value}})), kNoRule);
  }
}

TEST(EvaluationTest, ExplainsWhyEachRuleDoesNotMatch) {
  const auto policy = PolicyWith(R"({"name": "path", "request": {"paths": ["/x.Y/*"]}},
                                    {"name": "source", "source": {"principals": ["x"]}})",
                                 R"({"name": "none", "request": {"headers": [{"key": "none", "values": ["*"]}]}},
                                    {"name": "other", "request": {"headers": [{"key": "h", "values": ["v", "w"]}]}},
                                    {"name": "all", "source": {"principals": ["a"]}, "request": {"paths": ["*"]}})");
  v1::RecordedCall call = CallWith({{"h", "x"}});
  call.add_uri_sans("a");
  std::vector<std::string> lines;
  for (const RuleFinding& finding : policy->Explain(ViewOf(call))) {
    lines.push_back(absl::StrCat(finding.is_deny_rule ? "deny " : "allow ", finding.rule, ": ", finding.mismatch));
  }
  EXPECT_THAT(lines, ::testing::ElementsAre("deny path: none of its paths matches",
                                            "deny source: none of its principals matches",
                                            "allow none: there is no header \"none\"",
                                            "allow other: header \"h\" matches none of its values", "allow all: "));
}

}  // namespace
}  // namespace pinion
