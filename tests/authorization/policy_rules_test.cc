// The rules of policy.h: for each rule, the error that reports a violation, with its position.
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "pinion/authorization/policy.h"

namespace pinion {
namespace {

// A policy file that satisfies every rule.
constexpr absl::string_view kFile = R"({
  "name": "ledger", // of the ledger service
  "deny_rules": [
    {"name": "no-drop", "request": {"paths": ["*/Drop"]}},
    {
      "name": "no-tests",
      "source": {"principals": ["spiffe://test/*", "peer:lab"]},
      "request": {"headers": [{"key": "x-mode", "values": ["test", "*-dry, run"]}]}
    }
  ],
  "allow_rules": [
    {
      "name": "readers",
      "source": {"principals": ["spiffe://prod/reader", "CN=old reader,O=Bank", "peer:*"]},
      "request": {
        "paths": ["/bank.Ledger/Read", "/bank.Ledger/List*"],
        "headers": [{"key": "x-team", "values": ["red, blue", "green*", "*"]}]
      }
    },
    {"name": "health", "source": {}, "request": {"paths": [], "headers": []}}
  ],
  "audit_logging_options": {
    "audit_condition": "ON_DENY",
    "audit_loggers": [
      {"name": "stdout_logger", "config": {}},
      {"name": "file_logger", "config": {"path": "audit.log"}, "is_optional": false},
      {"name": "carrier-pigeon", "is_optional": true}
    ]
  }
}
)";

struct Edit {
  absl::string_view from;
  absl::string_view to;
  absl::string_view error;
};

// The error for the file after one edit.
std::string ErrorAfter(const Edit& edit) {
  const size_t at = kFile.find(edit.from);
  EXPECT_NE(at, absl::string_view::npos) << edit.from;
  std::string text(kFile);
  text.replace(at, edit.from.size(), std::string(edit.to));
  const auto policy = AuthorizationPolicy::FromJson(text, "policy.json");
  EXPECT_EQ(policy.status().code(), absl::StatusCode::kInvalidArgument) << edit.to;
  return std::string(policy.status().message());
}

void ExpectErrors(const std::vector<Edit>& edits) {
  for (const Edit& edit : edits) EXPECT_EQ(ErrorAfter(edit), absl::StrCat("policy.json:", edit.error));
}

TEST(PolicyRulesTest, TheUneditedFileSatisfiesEveryRule) {
  const auto policy = AuthorizationPolicy::FromJson(kFile, "policy.json");
  ASSERT_TRUE(policy.ok()) << policy.status();
  EXPECT_EQ((*policy)->name(), "ledger");
}

TEST(PolicyRulesTest, ThePolicyHasAName) {
  constexpr absl::string_view kError =
      "is missing or empty; name the policy, because the audit reports decisions by this name";
  ExpectErrors({
      {R"("name": "ledger",)", "", absl::StrCat("1:1: name: ", kError)},
      {R"("name": "ledger",)", R"("name": "",)", absl::StrCat("2:11: name: ", kError)},
  });
}

TEST(PolicyRulesTest, EachRuleHasAName) {
  constexpr absl::string_view kError =
      "is missing or empty; name the rule, because decisions are reported by this name";
  ExpectErrors({
      {R"("name": "no-drop", )", "", absl::StrCat("4:5: deny_rules[0].name: ", kError)},
      {R"("name": "readers",)", R"("name": "",)", absl::StrCat("13:15: allow_rules[0].name: ", kError)},
  });
}

TEST(PolicyRulesTest, NoTwoRulesHaveOneName) {
  constexpr absl::string_view kError = " already; give each rule, deny or allow, a name of its own";
  ExpectErrors({
      {"no-tests", "no-drop",
       absl::StrCat(R"(6:15: deny_rules[1].name: "no-drop" is the name of deny_rules[0])", kError)},
      {"health", "readers",
       absl::StrCat(R"(20:14: allow_rules[1].name: "readers" is the name of allow_rules[0])", kError)},
      {"health", "no-drop",
       absl::StrCat(R"(20:14: allow_rules[1].name: "no-drop" is the name of deny_rules[0])", kError)},
  });
}

TEST(PolicyRulesTest, ThereIsAnAllowRule) {
  const auto error_of = [](absl::string_view text) {
    return std::string(AuthorizationPolicy::FromJson(text, "policy.json").status().message());
  };
  constexpr absl::string_view kError =
      "is missing or empty, so every call would be denied; add a rule for what is allowed";
  EXPECT_EQ(error_of(R"({"name": "a"})"), absl::StrCat("policy.json:1:1: allow_rules: ", kError));
  EXPECT_EQ(error_of(R"({"name": "a", "allow_rules": []})"), absl::StrCat("policy.json:1:30: allow_rules: ", kError));
}

TEST(PolicyRulesTest, UnknownFieldsAreErrors) {
  ExpectErrors({
      {R"("name": "ledger")", R"("version": 1, "name": "ledger")",
       "2:3: version: unknown field; known here: name, deny_rules, allow_rules, audit_logging_options"},
      {R"("source": {})", R"("sources": {})",
       "20:24: allow_rules[1].sources: unknown field; known here: name, source, request"},
      {R"("source": {})", R"("source": {"principal": []})",
       "20:35: allow_rules[1].source.principal: unknown field; known here: principals"},
      {R"("paths": [], "headers")", R"("methods")",
       "20:50: allow_rules[1].request.methods: unknown field; known here: paths, headers"},
      {R"("key": "x-team", "values")", R"("key": "x-team", "value")",
       "17:39: allow_rules[0].request.headers[0].value: unknown field; known here: key, values"},
      {R"("source": {})", R"("source": {}, "source": {})", "20:38: allow_rules[1].source: the key occurs twice"},
  });
}

TEST(PolicyRulesTest, AStarStandsAtOneEnd) {
  const auto error = [](absl::string_view value) {
    return absl::StrCat("\"", value,
                        "\" has a star where it means nothing; write \"abc\", \"abc*\", \"*abc\" or \"*\"");
  };
  for (const absl::string_view value : {"*a*", "a*b", "**", "**a", "a**", "*a*b", "***"}) {
    ExpectErrors({
        {"*/Drop", value, absl::StrCat("4:47: deny_rules[0].request.paths[0]: rule \"no-drop\": ", error(value))},
        {"spiffe://test/*", value,
         absl::StrCat("7:33: deny_rules[1].source.principals[0]: rule \"no-tests\": ", error(value))},
        {"green*", value,
         absl::StrCat("17:63: allow_rules[0].request.headers[0].values[1]: rule \"readers\": ", error(value))},
    });
  }
}

TEST(PolicyRulesTest, NothingIsEmpty) {
  constexpr absl::string_view kError = "is empty and would match nothing; remove it, or write \"*\" for any value";
  ExpectErrors({
      {"*/Drop", "", absl::StrCat("4:47: deny_rules[0].request.paths[0]: rule \"no-drop\": ", kError)},
      {"spiffe://test/*", "",
       "7:33: deny_rules[1].source.principals[0]: rule \"no-tests\": is empty, which means a peer without a "
       "certificate, and such a peer is never accepted; remove it"},
      {"green*", "", absl::StrCat("17:63: allow_rules[0].request.headers[0].values[1]: rule \"readers\": ", kError)},
      {R"(["test", "*-dry, run"])", "[]",
       "8:59: deny_rules[1].request.headers[0].values: rule \"no-tests\": is missing or empty, so the rule would never "
       "match; list values, or \"*\" for any"},
      {R"(, "values": ["test", "*-dry, run"])", "",
       "8:31: deny_rules[1].request.headers[0].values: rule \"no-tests\": is missing or empty, so the rule would never "
       "match; list values, or \"*\" for any"},
      {R"("key": "x-mode", )", "",
       "8:31: deny_rules[1].request.headers[0].key: rule \"no-tests\": is missing or empty; name the header, in lower "
       "case"},
  });
}

TEST(PolicyRulesTest, APathIsOneThatAMethodCanHave) {
  for (const absl::string_view path : {"bank.Ledger/Read",
                                       "/bank.Ledger",
                                       "/",
                                       "//",
                                       "/a/",
                                       "//a",
                                       "/a/b/c",
                                       "/a//b",
                                       "a*",
                                       "//*",
                                       "/a/b/*",
                                       "/a//*",
                                       "*/",
                                       "*//",
                                       "*//a",
                                       "*a/b/c",
                                       "*/a/b/c",
                                       "/a/b\\u0000",
                                       "/a/b\\n",
                                       "/a\\u007f/b",
                                       "*/a\\r"}) {
    const std::string shown = absl::StrCat(absl::StrContains(path, "u0000")   ? R"(/a/b\x00)"
                                           : absl::StrContains(path, "u007f") ? R"(/a\x7f/b)"
                                                                              : path);
    EXPECT_EQ(ErrorAfter({"*/Drop", path, ""}),
              absl::StrCat("policy.json:4:47: deny_rules[0].request.paths[0]: rule \"no-drop\": \"", shown,
                           "\" matches no method; write \"/package.Service/Method\", \"/package.Service/*\" or "
                           "\"*/Method\""));
  }
}

TEST(PolicyRulesTest, AHeadersKeyIsInLowerCase) {
  ExpectErrors({{"x-mode", "X-Mode",
                 R"(8:39: deny_rules[1].request.headers[0].key: rule "no-tests": "X-Mode" would never match, because )"
                 R"(keys arrive in lower case; write "x-mode")"}});
}

TEST(PolicyRulesTest, SomeHeadersAreKeptFromPolicies) {
  for (const absl::string_view key :
       {":path", ":authority", "grpc-timeout", "grpc-", "GRPC-timeout", "host", "Host", "connection", "Connection",
        "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "TE",
        "grpclb_client_stats", "trailer", "transfer-encoding", "upgrade"}) {
    EXPECT_EQ(
        ErrorAfter({"x-mode", key, ""}),
        absl::StrCat("policy.json:8:39: deny_rules[1].request.headers[0].key: rule \"no-tests\": \"", key,
                     "\" belongs to the transport and is hidden from policies (gRFC A43); decide by another header"));
  }
  ExpectErrors({
      {"x-mode", "trace-bin",
       R"(8:39: deny_rules[1].request.headers[0].key: rule "no-tests": "trace-bin" is binary, and how it reads depends )"
       "on the transport; decide by a text header"},
      {"x-mode", "x mode",
       R"(8:39: deny_rules[1].request.headers[0].key: rule "no-tests": "x mode" is not a header that gRPC takes; use )"
       "lower-case letters, digits, '.', '_' and '-'"},
  });
}

TEST(PolicyRulesTest, AHeadersKeyIsOneThatGrpcKeepsAsItWasSent) {
  ExpectErrors({
      {"x-mode", "content-type",
       R"(8:39: deny_rules[1].request.headers[0].key: rule "no-tests": "content-type" reads as "application/grpc" )"
       "whatever was sent, so the rule would match every call or none; remove the header"},
      {"x-mode", "user-agent",
       R"(8:39: deny_rules[1].request.headers[0].key: rule "no-tests": "user-agent" sent twice reads as its last value )"
       "alone, which a caller chooses freely; decide by the caller's identity, or by a header of your own"},
      {"x-mode", "Lb-Token",
       R"(8:39: deny_rules[1].request.headers[0].key: rule "no-tests": "Lb-Token" sent twice reads as its last value )"
       "alone, which a caller chooses freely; decide by the caller's identity, or by a header of your own"},
  });
}

TEST(PolicyRulesTest, AHeadersValueHasNoWhiteSpaceAtItsEnds) {
  for (const absl::string_view value : {" test", "test ", " test*", "*test "}) {
    EXPECT_EQ(ErrorAfter({"\"test\"", absl::StrCat("\"", value, "\""), ""}),
              absl::StrCat("policy.json:8:60: deny_rules[1].request.headers[0].values[0]: rule \"no-tests\": \"", value,
                           "\" has white space at an end, which headers never have; remove it"));
  }
}

TEST(PolicyRulesTest, AnOpenEndedValueOfAnAllowRuleHasNoComma) {
  for (const absl::string_view value : {"green,*", "*,green"}) {
    EXPECT_EQ(
        ErrorAfter({"green*", value, ""}),
        absl::StrCat("policy.json:17:63: allow_rules[0].request.headers[0].values[1]: rule \"readers\": \"", value,
                     "\" would never match, because a comma separates values and each must match by itself; write the "
                     "whole value without a star"));
  }
}

TEST(PolicyRulesTest, PeerIsFollowedByAName) {
  const auto error = [](absl::string_view name) {
    return absl::StrCat(
        "policy.json:7:52: deny_rules[1].source.principals[1]: rule \"no-tests\": \"peer:\" is not followed by a "
        "peer's "
        "name: \"",
        name, "\"; write its whole name in the pin set, of letters, digits, '.', '_' or '-', or \"peer:*\" for any");
  };
  for (const absl::string_view name : {"", "la*", "*ab", "**", "l ab", "lab/1", "peer:lab"}) {
    EXPECT_EQ(ErrorAfter({"peer:lab", absl::StrCat("peer:", name), ""}), error(name));
  }
  ExpectErrors({{"peer:lab", "Peer:lab",
                 R"(7:52: deny_rules[1].source.principals[1]: rule "no-tests": "Peer:lab" does not name a peer of )"
                 R"(the pin set; write "peer:" in lower case)"}});
}

TEST(PolicyRulesTest, AuditLoggersAreKnown) {
  ExpectErrors({
      {"\"ON_DENY\"", "\"NEVER\"",
       "23:24: audit_logging_options.audit_condition: expected one of NONE, ON_DENY, ON_ALLOW, ON_DENY_AND_ALLOW, "
       "found "
       "\"NEVER\""},
      {R"("config": {})", R"("config": {"path": "a.log"})",
       "25:52: audit_logging_options.audit_loggers[0].config.path: stdout_logger takes no path; remove it"},
      {R"("config": {"path": "audit.log"})", R"("config": {})",
       "26:41: audit_logging_options.audit_loggers[1].config.path: is missing or empty; file_logger needs the file "
       "that "
       "it appends to"},
      {R"({"name": "carrier-pigeon", )", "{",
       "27:7: audit_logging_options.audit_loggers[2].name: is missing or empty; it is stdout_logger or file_logger"},
      {R"("carrier-pigeon", "is_optional": true)", R"("carrier-pigeon", "is_optional": false)",
       "27:16: audit_logging_options.audit_loggers[2].name: \"carrier-pigeon\" is not a logger here; use stdout_logger "
       "or file_logger, or set is_optional to true and do without it"},
      {R"("is_optional": true)", R"("is_optional": "true")",
       "27:49: audit_logging_options.audit_loggers[2].is_optional: expected true or false, found \"true\""},
      // is_optional applies to the logger, not to its settings.
      {R"("config": {"path": "audit.log"}, "is_optional": false)", R"("config": {}, "is_optional": true)",
       "26:41: audit_logging_options.audit_loggers[1].config.path: is missing or empty; file_logger needs the file "
       "that "
       "it appends to"},
  });
}

}  // namespace
}  // namespace pinion
