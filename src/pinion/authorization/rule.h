// One rule of a policy, ready to be matched. Private to authorization/.
#ifndef PINION_AUTHORIZATION_RULE_H_
#define PINION_AUTHORIZATION_RULE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "pinion/authorization/asked_call.h"
#include "pinion/authorization/pattern.h"

namespace pinion {

// In doubt a deny rule matches, and an allow rule doesn't.
enum class Effect { kDeny, kAllow };

struct HeaderCondition {
  size_t key = 0;  // into the policy's header keys
  std::vector<Pattern> values;
};

// What is empty matches everything.
struct Rule {
  Effect effect = Effect::kDeny;
  std::string name;
  // Ored, all three.
  std::vector<Pattern> principals;
  std::vector<std::string> peers;
  bool takes_any_peer = false;  // "peer:*"
  // Ored.
  std::vector<Pattern> paths;
  // Anded.
  std::vector<HeaderCondition> headers;

  bool HasSource() const { return !principals.empty() || !peers.empty() || takes_any_peer; }
  // Whether every path it matches is written out; whether every caller is, by a name of its certificate.
  bool HasExactPathsOnly() const;
  bool HasExactPrincipalsOnly() const;

  bool MatchesPath(absl::string_view path) const;
  bool MatchesSource(AskedCall* call) const;
  bool MatchesPeer(AskedCall* call) const;
  // The first condition that the call does not meet; null when it meets all.
  const HeaderCondition* FindUnmetHeader(AskedCall* call) const;
};

}  // namespace pinion

#endif  // PINION_AUTHORIZATION_RULE_H_
