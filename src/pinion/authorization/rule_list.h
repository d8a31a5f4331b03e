// A policy's rules, indexed by path and by caller. Private to authorization/.
#ifndef PINION_AUTHORIZATION_RULE_LIST_H_
#define PINION_AUTHORIZATION_RULE_LIST_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "pinion/authorization/evaluation_context.h"
#include "pinion/authorization/rule.h"

namespace pinion {

// Add is called for the deny rules, then for the allow rules, so that the first matching rule decides. Afterwards,
// thread-safe.
class RuleList {
 public:
  void Add(Rule rule);

  const std::vector<Rule>& rules() const { return rules_; }
  // The first matching rule in order; null if there is none.
  const Rule* FindFirst(EvaluationContext* call) const;

 private:
  // Indexes into rules_, ascending.
  using Index = absl::flat_hash_map<std::string, std::vector<size_t>>;

  // Evaluates the conditions that the index has not evaluated.
  using Test = bool (*)(const Rule& rule, EvaluationContext* call);

  // The first matching rule before `end`; `end` if there is none.
  size_t FindBefore(size_t end, const Index& index, absl::string_view key, Test test, EvaluationContext* call) const;
  size_t FindBefore(size_t end, const std::vector<size_t>& candidates, Test test, EvaluationContext* call) const;

  std::vector<Rule> rules_;
  // Each rule is in one of the three: rules with exact paths only, by each path; other rules with exact principals
  // only, by each principal; the rest, which are evaluated for every call.
  Index by_path_;
  Index by_principal_;
  std::vector<size_t> others_;
};

}  // namespace pinion

#endif  // PINION_AUTHORIZATION_RULE_LIST_H_
