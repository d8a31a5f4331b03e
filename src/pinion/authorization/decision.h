// A policy's decision on a call.
#ifndef PINION_AUTHORIZATION_DECISION_H_
#define PINION_AUTHORIZATION_DECISION_H_

#include <string>

#include "absl/strings/string_view.h"

namespace pinion {

enum class DecisionReason {
  kDenyRule,        // a deny rule matches
  kAllowRule,       // an allow rule matches, and no deny rule does
  kNoRule,          // no allow rule matches
  kNotAMethodPath,  // the path is not /SERVICE/METHOD, so the rules were not evaluated
  // A header has a name or value that HTTP/2 forbids, and the policy has rules on headers.
  kMalformedHeader,
};

struct Decision {
  bool allowed = false;
  DecisionReason reason = DecisionReason::kNoRule;
  // The first rule in the file that decided the call; empty if none did. Valid as long as the policy.
  absl::string_view rule;
};

// Returns "DENY_RULE", "ALLOW_RULE", "NO_RULE", "NOT_A_METHOD_PATH" or "MALFORMED_HEADER", for programs.
absl::string_view ToString(DecisionReason reason);
// Returns a text such as "denied by rule \"no-secrets\"", for operators.
std::string ToString(const Decision& decision);

// Whether one rule matches a call.
struct RuleFinding {
  absl::string_view rule;  // valid as long as the policy
  bool is_deny_rule = false;
  // The first condition that does not match, as a clause that follows "because"; empty if the rule matches.
  std::string mismatch;
};

}  // namespace pinion

#endif  // PINION_AUTHORIZATION_DECISION_H_
