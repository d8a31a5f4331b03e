// Policies and calls of few words, and of bytes of the input, decided by the evaluator and by a naive one.
#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "pinion/authorization/policy.h"
#include "pinion/authorization/recorded_call.h"
#include "tests/authorization/naive_policy.h"
#include "tests/fuzz/choices.h"
#include "tests/fuzz/invariant.h"

namespace pinion {
namespace {

using fuzz::Choices;
using fuzz::Require;

// Beyond these limits, HeaderValue does not read its input (header_value.h), unlike the naive evaluator.
constexpr int kMaxCommas = 60;

constexpr const char* kNames[] = {"a", "ab", "b", "bab", "*", "a*", "*b", "ab*", "peer:p", "peer:*"};
constexpr const char* kPaths[] = {"/a/a", "/a/b", "/ab/*", "/a*", "*/b", "*", "*ab", "/b/ab"};
constexpr const char* kValues[] = {"a", "*", "a*", "*b", "a,b", "a, b", "ab*", "b"};

// ASCII, because the loaders of both refuse text that is not UTF-8.
std::string AnyText(Choices* choices, size_t size) {
  std::string text = choices->Text(size);
  for (char& c : text) c = static_cast<char>(c & 0x7f);
  return text;
}

// A word of the list, or another text.
template <size_t kWords>
std::string Word(Choices* choices, const char* const (&words)[kWords]) {
  const size_t which = choices->Below(kWords + 1);
  return which < kWords ? words[which] : AnyText(choices, choices->Below(8));
}

v1::AuthorizationRule MakeRule(Choices* choices, const std::string& name) {
  v1::AuthorizationRule rule;
  rule.set_name(name);
  for (size_t i = choices->Below(3); i > 0; --i) rule.mutable_source()->add_principals(Word(choices, kNames));
  for (size_t i = choices->Below(3); i > 0; --i) rule.mutable_request()->add_paths(Word(choices, kPaths));
  for (size_t i = choices->Below(3); i > 0; --i) {
    auto* const header = rule.mutable_request()->add_headers();
    header->set_key(choices->Yes() ? "h" : "i");
    for (size_t j = 1 + choices->Below(2); j > 0; --j) header->add_values(Word(choices, kValues));
  }
  return rule;
}

v1::AuthorizationPolicy MakePolicy(Choices* choices) {
  v1::AuthorizationPolicy policy;
  policy.set_name("p");
  for (size_t i = choices->Below(3); i > 0; --i) *policy.add_deny_rules() = MakeRule(choices, absl::StrCat("deny-", i));
  for (size_t i = 1 + choices->Below(3); i > 0; --i) {
    *policy.add_allow_rules() = MakeRule(choices, absl::StrCat("allow-", i));
  }
  return policy;
}

v1::RecordedCall MakeCall(Choices* choices) {
  v1::RecordedCall call;
  call.set_path(choices->Below(4) == 3
                    ? Word(choices, kPaths)
                    : absl::StrCat("/", Word(choices, {"a", "ab", "b"}), "/", Word(choices, {"a", "b"})));
  for (size_t i = choices->Below(3); i > 0; --i) call.add_uri_sans(Word(choices, kNames));
  for (size_t i = choices->Below(3); i > 0; --i) call.add_dns_sans(Word(choices, kNames));
  for (size_t i = choices->Below(3); i > 0; --i) call.add_peers(i == 1 ? "p" : "q");
  call.set_subject(Word(choices, kNames));
  for (size_t i = choices->Below(4); i > 0; --i) {
    auto* const header = call.add_headers();
    header->set_key(choices->Yes() ? "h" : "i");
    header->set_value(choices->Yes() ? AnyText(choices, choices->Below(20)) : Word(choices, kValues));
  }
  return call;
}

bool IsReadByBoth(const v1::RecordedCall& call) {
  return std::all_of(call.headers().begin(), call.headers().end(), [](const auto& header) {
    return std::count(header.value().begin(), header.value().end(), ',') < kMaxCommas / 4;
  });
}

void Check(Choices choices) {
  const v1::AuthorizationPolicy proto = MakePolicy(&choices);
  const auto policy = AuthorizationPolicy::FromProto(proto);
  if (!policy.ok()) {
    fuzz::RequirePrintable(policy.status().message());
    return fuzz::CountInput(false);
  }
  // Several calls, because making a policy costs more than a decision.
  bool is_allowed = false;
  for (int i = 0; i < 4; ++i) {
    const v1::RecordedCall call = MakeCall(&choices);
    if (!IsReadByBoth(call)) continue;
    const Decision decision = (*policy)->Evaluate(ViewOf(call));
    const std::string naive = NaiveOutcome(proto, call);
    const bool is_same = ToString(decision) == naive;
    // The texts are made only where they are printed, because they would take most of the time.
    Require(
        is_same, "the decision is that of the naive evaluator",
        is_same ? "" : absl::StrCat(ToString(decision), "\n", naive, "\n", proto.DebugString(), call.DebugString()));
    Require(!decision.allowed || IsAllowedByA43(proto, call), "no call that A43 denies is allowed", decision.rule);
    size_t matching = 0;
    for (const RuleFinding& finding : (*policy)->Explain(ViewOf(call))) matching += finding.mismatch.empty() ? 1 : 0;
    Require(decision.rule.empty() || matching > 0, "the deciding rule matches", decision.rule);
    is_allowed = is_allowed || decision.allowed;
  }
  fuzz::CountInput(is_allowed);
}

}  // namespace
}  // namespace pinion

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  pinion::Check(pinion::fuzz::Choices(data, size));
  return 0;
}
