#include "pinion/authorization/decision.h"

#include "absl/strings/str_cat.h"
#include "pinion/base/quoted.h"

namespace pinion {

absl::string_view ToString(DecisionReason reason) {
  switch (reason) {
    case DecisionReason::kDenyRule:
      return "DENY_RULE";
    case DecisionReason::kAllowRule:
      return "ALLOW_RULE";
    case DecisionReason::kNoRule:
      return "NO_RULE";
    case DecisionReason::kNotAMethodPath:
      return "NOT_A_METHOD_PATH";
    case DecisionReason::kMalformedHeader:
      return "MALFORMED_HEADER";
  }
  return "";
}

std::string ToString(const Decision& decision) {
  switch (decision.reason) {
    case DecisionReason::kDenyRule:
      return absl::StrCat("denied by rule ", Quoted(decision.rule));
    case DecisionReason::kAllowRule:
      return absl::StrCat("allowed by rule ", Quoted(decision.rule));
    case DecisionReason::kNoRule:
      return "denied: no rule allows it";
    case DecisionReason::kNotAMethodPath:
      return "denied: its path is not /SERVICE/METHOD";
    case DecisionReason::kMalformedHeader:
      return "denied: a header has a name or value that HTTP/2 forbids, such as a name with upper-case letters";
  }
  return "denied";
}

}  // namespace pinion
