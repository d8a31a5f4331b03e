// The deny or the allow rules of a policy, indexed by path. Private to authorization/.
#ifndef PINION_AUTHORIZATION_RULE_LIST_H_
#define PINION_AUTHORIZATION_RULE_LIST_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "pinion/authorization/asked_call.h"
#include "pinion/authorization/rule.h"

namespace pinion {

// Filled once, by Add; then safe to use from any thread.
class RuleList {
 public:
  void Add(Rule rule);

  const std::vector<Rule>& rules() const { return rules_; }
  // The first rule, in their order, that matches; null when none does.
  const Rule* FindFirst(AskedCall* call) const;

 private:
  std::vector<Rule> rules_;
  // Into rules_, ascending: those with exact paths only, by each path; and the others, which are tried on every call.
  absl::flat_hash_map<std::string, std::vector<size_t>> by_path_;
  std::vector<size_t> others_;
};

}  // namespace pinion

#endif  // PINION_AUTHORIZATION_RULE_LIST_H_
