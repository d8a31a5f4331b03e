// The cost of deciding a call at run time, beside the policy's evaluation alone: bazel run -c opt
// //tests/bench:authorization_cost
//
// Evaluation and the authorizer run in turn, so that background load affects both equally. Prints nanoseconds per call:
// the minimum of the rounds, which background load disturbed least, and the median.
#include <algorithm>
#include <cstdio>
#include <functional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "pinion/authorization/authorizer.h"
#include "pinion/testing/or_die.h"

namespace pinion::testing {
namespace {

constexpr int kRounds = 400;
constexpr int kCalls = 1000;

// The call is allowed by the last of `rules` rules.
std::shared_ptr<const AuthorizationPolicy> PolicyOf(int rules) {
  v1::AuthorizationPolicy proto;
  proto.set_name("bench");
  proto.mutable_audit_logging_options()->set_audit_condition(v1::AuditLoggingOptions::NONE);
  for (int i = 1; i <= rules; ++i) {
    v1::AuthorizationRule* const rule = proto.add_allow_rules();
    rule->set_name(absl::StrCat("rule-", i));
    rule->mutable_source()->add_principals(i == rules ? "spiffe://prod/caller" : absl::StrCat("spiffe://prod/", i));
    rule->mutable_request()->add_paths("/bench.Service/*");
  }
  return OrDie(AuthorizationPolicy::FromProto(proto));
}

double NanosecondsPerCall(const std::function<bool()>& decide) {
  const absl::Time begin = absl::Now();
  for (int i = 0; i < kCalls; ++i) {
    if (!decide()) std::abort();
  }
  return absl::ToDoubleNanoseconds(absl::Now() - begin) / kCalls;
}

void Print(const char* what, std::vector<double> rounds) {
  std::sort(rounds.begin(), rounds.end());
  std::printf("  %-12s %8.0f ns (median %.0f)\n", what, rounds.front(), rounds[rounds.size() / 2]);
}

void Main() {
  CallToAuthorize call;
  call.path = "/bench.Service/Method";
  call.uri_sans = {"spiffe://prod/caller"};
  for (const int rules : {1, 10, 100, 1000}) {
    const auto policy = PolicyOf(rules);
    Authorizer authorizer(policy);
    std::vector<double> alone;
    std::vector<double> whole;
    for (int round = 0; round < kRounds; ++round) {
      alone.push_back(NanosecondsPerCall([&] { return policy->Evaluate(call).allowed; }));
      whole.push_back(NanosecondsPerCall([&] { return authorizer.Allow(call); }));
    }
    std::printf("%d rules\n", rules);
    Print("evaluation", alone);
    Print("authorizer", whole);
  }
}

}  // namespace
}  // namespace pinion::testing

int main() { pinion::testing::Main(); }
