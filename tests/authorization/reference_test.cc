// Compares the evaluator with a naive one over random policies and calls, and checks properties of any evaluator.
#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "pinion/authorization/policy.h"
#include "pinion/authorization/recorded_call.h"
#include "pinion/testing/or_die.h"
#include "tests/authorization/naive_policy.h"

namespace pinion {
namespace {

using ::pinion::testing::OrDie;
using Texts = std::vector<std::string>;

constexpr int kPolicies = 1000;
constexpr int kCallsPerPolicy = 1000;

// Random policies and calls of few words, so that they often match. The numbers are the same with every standard
// library.
class Dice {
 public:
  explicit Dice(uint64_t seed) : random_(seed) {}

  size_t Below(size_t n) { return random_() % n; }
  bool OneIn(size_t n) { return Below(n) == 0; }
  const std::string& OneOf(const Texts& texts) { return texts[Below(texts.size())]; }

  v1::AuthorizationRule Rule(const std::string& name, const Texts& header_values) {
    v1::AuthorizationRule rule;
    rule.set_name(name);
    for (size_t i = Below(3); i > 0; --i) rule.mutable_source()->add_principals(OneOf(kPrincipals));
    for (size_t i = Below(3); i > 0; --i) rule.mutable_request()->add_paths(OneOf(kPaths));
    for (size_t i = OneIn(2) ? Below(3) : 0; i > 0; --i) {
      auto* const header = rule.mutable_request()->add_headers();
      header->set_key(OneOf(kKeys));
      for (size_t j = 1 + Below(2); j > 0; --j) header->add_values(OneOf(header_values));
    }
    return rule;
  }

  v1::AuthorizationPolicy Policy(const Texts& allowed_values) {
    v1::AuthorizationPolicy policy;
    policy.set_name("p");
    for (size_t i = Below(4); i > 0; --i) *policy.add_deny_rules() = Rule(absl::StrCat("deny-", i), kDenyValues);
    for (size_t i = 1 + Below(5); i > 0; --i)
      *policy.add_allow_rules() = Rule(absl::StrCat("allow-", i), allowed_values);
    return policy;
  }

  v1::RecordedCall Call() {
    v1::RecordedCall call;
    call.set_path(OneIn(20) ? OneOf(kOddPaths)
                            : absl::StrCat("/", OneOf({"a", "ab", "b"}), "/", OneOf({"a", "ab", "b"})));
    for (size_t i = Below(3); i > 0; --i) call.add_uri_sans(OneOf(kNames));
    for (size_t i = Below(3); i > 0; --i) call.add_dns_sans(OneOf(kNames));
    call.set_subject(OneOf(kNames));
    for (size_t i = Below(3); i > 0; --i) call.add_peers(OneOf({"p", "q"}));
    for (size_t i = Below(5); i > 0; --i) AddHeader(OneOf(kKeys), &call);
    return call;
  }

  void AddHeader(const std::string& key, v1::RecordedCall* call) {
    auto* const header = call->add_headers();
    header->set_key(key);
    for (size_t i = Below(4); i > 0; --i) header->mutable_value()->append(OneOf({"a", "b", "a", "b", ",", " ", ", "}));
  }

  // Header values of an allow rule; the second list has none with a comma.
  static inline const Texts kAllowValues = {"a", "b", "ab", "a*", "*b", "ab*", "*", "a,b", "a, b", "b,a,b"};
  static inline const Texts kPlainAllowValues = {"a", "b", "ab", "a*", "*b", "ab*", "*ba", "*", "b *"};
  static inline const Texts kDenyValues = {"a",    "b",   "ab",   "a*",  "*b",  "ab*", "*",     "a,b",
                                           "a, b", "a,*", "*, b", "b *", "* a", "*,a", "b,a,b", ",*"};

 private:
  static inline const Texts kPrincipals = {"a", "ab", "b*", "*b", "*", "x", "peer:p", "peer:*", "peer:r", "aa*"};
  static inline const Texts kNames = {"", "a", "b", "ab", "ba", "bab", "peer:p", "*", "A"};
  static inline const Texts kPaths = {"/a/a", "/a/b", "/ab/*", "/a*", "*/b", "*ab", "*", "/b/ab", "/b/b"};
  static inline const Texts kOddPaths = {"", "/", "/a", "a/a", "//a", "/a/", "/a/a/a", "/a//a", "*", "/a/a\n"};
  static inline const Texts kKeys = {"h", "i"};

  std::mt19937_64 random_;
};

std::vector<v1::RecordedCall> Calls(Dice* dice, int count) {
  std::vector<v1::RecordedCall> calls;
  for (int i = 0; i < count; ++i) calls.push_back(dice->Call());
  return calls;
}

std::string Shown(const v1::AuthorizationPolicy& policy, const v1::RecordedCall& call) {
  return absl::StrCat(policy.DebugString(), "\n", call.DebugString());
}

// Counts the outcomes: a test is vacuous unless each outcome is frequent.
struct Tally {
  int outcomes[4] = {};
  void Add(const Decision& decision) { ++outcomes[static_cast<int>(decision.reason)]; }
  void ExpectEachOften(int all) const {
    for (const int count : outcomes) EXPECT_GT(count, all / 50);
  }
};

TEST(ReferenceTest, DecidesAsTheNaiveEvaluatorAndAllowsNothingThatA43Denies) {
  Dice dice(43);
  const std::vector<v1::RecordedCall> calls = Calls(&dice, 20 * kCallsPerPolicy);
  std::vector<CallToAuthorize> views;
  for (const v1::RecordedCall& call : calls) views.push_back(ViewOf(call));
  Tally tally;
  for (int i = 0; i < kPolicies; ++i) {
    const v1::AuthorizationPolicy proto = dice.Policy(Dice::kAllowValues);
    const auto policy = OrDie(AuthorizationPolicy::FromProto(proto));
    for (int j = 0; j < kCallsPerPolicy; ++j) {
      const size_t which = dice.Below(calls.size());
      const Decision decision = policy->Evaluate(views[which]);
      ASSERT_EQ(ToString(decision), NaiveOutcome(proto, calls[which])) << Shown(proto, calls[which]);
      if (decision.allowed) {
        ASSERT_TRUE(IsAllowedByA43(proto, calls[which])) << Shown(proto, calls[which]);
      }
      tally.Add(decision);
    }
  }
  tally.ExpectEachOften(kPolicies * kCallsPerPolicy);
}

TEST(ReferenceTest, WithoutRepeatedHeadersAndOddPathsItIsA43) {
  Dice dice(44);
  std::vector<v1::RecordedCall> calls = Calls(&dice, kCallsPerPolicy);
  for (v1::RecordedCall& call : calls) {
    call.set_path("/a/b");
    call.clear_headers();
    if (call.peers_size() > 1) call.clear_peers();
    for (const char* key : {"h", "i"}) {
      call.add_headers()->set_key(key);
      call.mutable_headers()->rbegin()->set_value(dice.OneOf({"", "a", "b", "ab", "bab"}));
    }
  }
  for (int i = 0; i < kPolicies / 10; ++i) {
    const v1::AuthorizationPolicy proto = dice.Policy(Dice::kAllowValues);
    const auto policy = OrDie(AuthorizationPolicy::FromProto(proto));
    for (const v1::RecordedCall& call : calls) {
      ASSERT_EQ(policy->Evaluate(ViewOf(call)).allowed, IsAllowedByA43(proto, call)) << Shown(proto, call);
    }
  }
}

TEST(ReferenceTest, AnotherDenyRuleTurnsNoDenialIntoAnAllow) {
  Dice dice(45);
  const std::vector<v1::RecordedCall> calls = Calls(&dice, kCallsPerPolicy);
  for (int i = 0; i < kPolicies / 10; ++i) {
    v1::AuthorizationPolicy proto = dice.Policy(Dice::kAllowValues);
    const auto before = OrDie(AuthorizationPolicy::FromProto(proto));
    *proto.add_deny_rules() = dice.Rule("another", Dice::kDenyValues);
    const auto after = OrDie(AuthorizationPolicy::FromProto(proto));
    for (const v1::RecordedCall& call : calls) {
      const CallToAuthorize view = ViewOf(call);
      ASSERT_FALSE(!before->Evaluate(view).allowed && after->Evaluate(view).allowed) << Shown(proto, call);
    }
  }
}

// An allow rule that accepts "a,b" cannot distinguish it from "a" and "b", so the property holds for plain values
// alone.
TEST(ReferenceTest, RepeatingAHeaderTurnsNoDenialIntoAnAllow) {
  Dice dice(46);
  const std::vector<v1::RecordedCall> calls = Calls(&dice, kCallsPerPolicy);
  std::vector<v1::RecordedCall> repeated = calls;
  for (v1::RecordedCall& call : repeated) {
    if (call.headers().empty()) continue;
    dice.AddHeader(call.headers(0).key(), &call);
    // After the other headers, or before them.
    if (dice.OneIn(2))
      std::rotate(call.mutable_headers()->begin(), call.mutable_headers()->end() - 1, call.mutable_headers()->end());
  }
  Tally tally;
  for (int i = 0; i < kPolicies / 5; ++i) {
    const v1::AuthorizationPolicy proto = dice.Policy(Dice::kPlainAllowValues);
    const auto policy = OrDie(AuthorizationPolicy::FromProto(proto));
    for (size_t j = 0; j < calls.size(); ++j) {
      const Decision once = policy->Evaluate(ViewOf(calls[j]));
      const Decision twice = policy->Evaluate(ViewOf(repeated[j]));
      ASSERT_FALSE(!once.allowed && twice.allowed) << Shown(proto, repeated[j]);
      if (once.reason == DecisionReason::kDenyRule) {
        ASSERT_EQ(twice.reason, DecisionReason::kDenyRule) << Shown(proto, repeated[j]);
      }
      tally.Add(once);
    }
  }
  tally.ExpectEachOften(static_cast<int>(calls.size()) * kPolicies / 5);
}

}  // namespace
}  // namespace pinion
