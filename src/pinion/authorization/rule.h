// One rule of a policy, compiled for matching. Private to authorization/.
#ifndef PINION_AUTHORIZATION_RULE_H_
#define PINION_AUTHORIZATION_RULE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "pinion/authorization/evaluation_context.h"
#include "pinion/authorization/pattern.h"

namespace pinion {

// When a condition cannot be evaluated, a deny rule matches and an allow rule does not.
enum class Effect { kDeny, kAllow };

struct HeaderCondition {
  size_t key = 0;  // index into the policy's header keys
  std::vector<Pattern> values;
};

// An empty field matches everything.
struct Rule {
  Effect effect = Effect::kDeny;
  std::string name;
  // One of these three must match.
  std::vector<Pattern> principals;
  std::vector<std::string> peers;
  bool takes_any_peer = false;  // "peer:*"
  // One must match.
  std::vector<Pattern> paths;
  // All must match.
  std::vector<HeaderCondition> headers;

  bool HasSource() const { return !principals.empty() || !peers.empty() || takes_any_peer; }
  // Whether the rule lists each path that it matches in full; whether it lists each caller by a certificate name.
  bool HasExactPathsOnly() const;
  bool HasExactPrincipalsOnly() const;

  bool MatchesPath(absl::string_view path) const;
  // Whether it matches each path that the other one matches, as far as single patterns show.
  bool CoversPathsOf(const Rule& other) const;
  bool MatchesSource(EvaluationContext* call) const;
  bool MatchesPeer(EvaluationContext* call) const;
  // The first header condition that the call does not satisfy; null if it satisfies all.
  const HeaderCondition* FindUnmetHeader(EvaluationContext* call) const;
};

}  // namespace pinion

#endif  // PINION_AUTHORIZATION_RULE_H_
