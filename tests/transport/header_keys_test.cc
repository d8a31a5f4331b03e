// For each header that gRPC knows and for some others: either a policy with a rule on it is refused, or a call with the
// header over real HTTP/2, in every form that the connection allows, gets the decision of `policy eval`.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "pinion/authorization/policy.h"
#include "pinion/authorization/recorded_call.h"
#include "pinion/testing/lab.h"
#include "pinion/testing/matchers.h"
#include "pinion/testing/or_die.h"
#include "tests/transport/any_handler.h"
#include "tests/transport/authorized_server.h"
#include "tests/transport/hostile_headers.h"
#include "tests/transport/raw_http2_call.h"

namespace pinion::testing {
namespace {

using ::testing::HasSubstr;

constexpr char kPath[] = "/pinion.v1.Echo/UnaryEcho";
constexpr const char* kPatterns[] = {"evil", "evil*", "*evil", "*"};

absl::StatusOr<std::shared_ptr<const AuthorizationPolicy>> Denying(const std::string& key, const std::string& value) {
  return AuthorizationPolicy::FromJson(
      absl::StrCat(R"({"name": "p", "deny_rules": [{"name": "no", "request": {"headers": [{"key": ")", key,
                   R"(", "values": [")", value, R"("]}]}}], "allow_rules": [{"name": "all"}]})"),
      "policy");
}

// A way to send a header.
struct Form {
  std::string name;
  RawHeaders headers;
  bool is_evil = false;  // whether the rule on "evil" must match
};

std::vector<Form> FormsOf(const std::string& key) {
  std::string one_upper = key;
  one_upper.back() = absl::ascii_toupper(one_upper.back());
  return {
      {"not at all", {}},
      {"once", {{key, "evil"}}, true},
      {"harmless", {{key, "good"}}},
      {"empty", {{key, ""}}},
      {"twice, evil last", {{key, "good"}, {key, "evil"}}, true},
      {"twice, evil first", {{key, "evil"}, {key, "good"}}, true},
      {"twice, the second empty", {{key, "evil"}, {key, ""}}, true},
      {"apart", {{key, "evil"}, {"x-between", "1"}, {key, "good"}}, true},
      {"with white space", {{key, " evil\t"}}, true},
      {"with commas", {{key, "good, evil ,good"}}, true},
      {"in capitals", {{absl::AsciiStrToUpper(key), "evil"}}, true},
      {"with one capital", {{one_upper, "evil"}}, true},
      {"in both", {{key, "good"}, {absl::AsciiStrToUpper(key), "evil"}}, true},
      {"with white space behind the name", {{key + " ", "evil"}}, true},
      {"with a NUL behind the value", {{key, std::string("evil\0", 5)}}, true},
      {"with a line end in another's value", {{key, "good"}, {"x-other", "a\r\nx: evil"}}, true},
      {"with a NUL behind the name", {{key + std::string(1, '\0'), "evil"}}, true},
      {"behind a dozen others",
       {{"a0", ""},
        {"a1", ""},
        {"a2", ""},
        {"a3", ""},
        {"a4", ""},
        {"a5", ""},
        {"a6", ""},
        {"a7", ""},
        {"a8", ""},
        {"a9", ""},
        {"b0", ""},
        {one_upper, "evil"}},
       true},
      {"behind a long value", {{key, std::string(5000, 'a')}, {key, "evil"}}, true},
  };
}

std::vector<std::string> Keys() {
  std::vector<std::string> keys = ReservedKeys();
  for (const char* key : {"accept",
                          "accept-encoding",
                          "authorization",
                          "connection",
                          "content-length",
                          "cookie",
                          "date",
                          "expect",
                          "forwarded",
                          "keep-alive",
                          "proxy-authorization",
                          "proxy-connection",
                          "range",
                          "trailer",
                          "transfer-encoding",
                          "upgrade",
                          "x-envoy-peer-metadata",
                          "via",
                          "x-custom-bin",
                          "x-forwarded-for",
                          "x-forwarded-host",
                          "x-forwarded-proto",
                          "traceparent",
                          "tracestate",
                          "x-http-method",
                          "x-team",
                          "grpc_underscore",
                          "server-stats-bin",
                          "origin",
                          "referer",
                          "set-cookie",
                          "max-forwards",
                          "if-match",
                          "a.b_c-d"}) {
    keys.emplace_back(key);
  }
  return keys;
}

class HeaderKeys : public ::testing::TestWithParam<std::string> {
 protected:
  // Evaluates every policy of the test, and allows the call.
  bool Decide(const CallToAuthorize& call) {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const auto& policy : policies_) live_.push_back(ToString(policy->Evaluate(call)));
    return true;
  }
  // Each policy's decision on a call with these headers besides the sound ones; empty if gRPC ended the call.
  std::vector<std::string> DecideLive(const RawHeaders& more) {
    RawHeaders headers = SoundHeaders();
    for (auto& header : headers) {
      if (header.second == kThePath) header.second = kPath;
    }
    headers.insert(headers.end(), more.begin(), more.end());
    CallRaw(client_, server_.port(), headers);
    const std::lock_guard<std::mutex> lock(mutex_);
    return std::exchange(live_, {});
  }
  std::vector<std::string> DecideRecorded(const RawHeaders& more) const {
    v1::RecordedCall call;
    call.set_path(kPath);
    for (const auto& [key, value] : more) {
      auto* const header = call.add_headers();
      header->set_key(key);
      header->set_value(value);
    }
    std::vector<std::string> decisions;
    for (const auto& policy : policies_) decisions.push_back(ToString(policy->Evaluate(ViewOf(call))));
    return decisions;
  }
  void SetUp() override { handler_.Start(); }
  void TearDown() override {
    server_.Shutdown();
    handler_.Join();
  }

  const Lab lab_;
  std::vector<std::shared_ptr<const AuthorizationPolicy>> policies_;
  std::mutex mutex_;
  std::vector<std::string> live_;  // guarded by mutex_
  AnyHandler handler_;
  RawTlsClient client_{TlsVersion::k13, &lab_.client()};
  AuthorizedServer server_{lab_, [this](const CallToAuthorize& call) { return Decide(call); },
                           [this](grpc::ServerBuilder& builder) { handler_.Register(builder); }};
};

TEST_P(HeaderKeys, AreRefusedInPoliciesOrDecidedLiveAsByEval) {
  const std::string& key = GetParam();
  if (const auto policy = Denying(key, "evil"); !policy.ok()) {
    EXPECT_THAT(policy.status().message(), HasSubstr(absl::StrCat("\"", key, "\"")));
    return;
  }
  for (const char* pattern : kPatterns) policies_.push_back(OrDie(Denying(key, pattern)));
  size_t decided = 0;
  for (const Form& form : FormsOf(key)) {
    const std::vector<std::string> live = DecideLive(form.headers);
    if (live.empty()) continue;
    ++decided;
    EXPECT_EQ(live, DecideRecorded(form.headers)) << form.name;
    EXPECT_EQ(absl::StartsWith(live.front(), "denied"), form.is_evil) << form.name << ": " << live.front();
  }
  EXPECT_GE(decided, 10U);
}

// A policy refuses a header whose value gRPC does not report as it was sent.
TEST(HeaderKeysTest, ThoseThatGrpcDoesNotKeepAsSentAreRefusedWithAReason) {
  for (const char* key : {"content-type", "user-agent", "lb-token", "traceparent", "x-envoy-peer-metadata",
                          "x-forwarded-for", "x-forwarded-host"}) {
    EXPECT_THAT(Denying(key, "x").status().message(), HasSubstr(absl::StrCat("\"", key, "\" "))) << key;
    EXPECT_THAT(Denying(absl::AsciiStrToUpper(key), "x").status().message(), HasSubstr("reads as")) << key;
  }
}

INSTANTIATE_TEST_SUITE_P(Each, HeaderKeys, ::testing::ValuesIn(Keys()),
                         [](const ::testing::TestParamInfo<std::string>& info) {
                           return absl::StrReplaceAll(info.param, {{"-", "_"}, {":", "pseudo_"}, {".", "_dot_"}});
                         });

}  // namespace
}  // namespace pinion::testing
