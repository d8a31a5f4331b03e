// The output of the policy commands, as tables and as JSON.
#ifndef PINION_TOOLS_PINION_POLICY_OUTPUT_H_
#define PINION_TOOLS_PINION_POLICY_OUTPUT_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "pinion/authorization/policy.h"
#include "tools/pinion/recorded_calls.h"

namespace pinion::cli {

std::string GoodPolicyTable(const std::string& file, const AuthorizationPolicy& policy);
// {"good": true, "name", "deny_rules": [name], "allow_rules": [name], "rules_for_every_peer": [name], "peers": [name]}.
std::string GoodPolicyJson(const AuthorizationPolicy& policy);
// {"good": false, "file", "line", "column", "error"}, from "FILE:LINE:COLUMN: ERROR".
std::string BadPolicyJson(const std::string& file, const absl::Status& status);

std::string DecisionTable(const Decision& decision, const std::vector<RuleFinding>& findings);
// {"allowed", "reason", "rule", "findings": [{"rule", "effect", "matches", "mismatch"}]}.
std::string DecisionJson(const Decision& decision, const std::vector<RuleFinding>& findings);

// A call that two policies decide differently.
struct Difference {
  PlacedCall call;
  Decision before;
  Decision after;
};
std::string DifferenceTable(const std::vector<Difference>& differences, size_t calls);
// {"calls", "changed": [{"place", "path", "old": {"allowed", "reason", "rule"}, "new": {...}}]}.
std::string DifferenceJson(const std::vector<Difference>& differences, size_t calls);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_POLICY_OUTPUT_H_
