#include "pinion/authorization/rule_list.h"

namespace pinion {

void RuleList::Add(Rule rule) {
  const size_t here = rules_.size();
  if (rule.HasExactPathsOnly()) {
    for (const Pattern& path : rule.paths) {
      std::vector<size_t>& rules = by_path_[path.text()];
      if (rules.empty() || rules.back() != here) rules.push_back(here);
    }
  } else {
    others_.push_back(here);
  }
  rules_.push_back(std::move(rule));
}

const Rule* RuleList::FindFirst(AskedCall* call) const {
  const auto matches_beside_path = [call](const Rule& rule) {
    return rule.MatchesSource(call) && rule.FindUnmetHeader(call) == nullptr;
  };
  size_t first = rules_.size();
  const auto found = by_path_.find(call->call().path);
  if (found != by_path_.end()) {
    for (const size_t i : found->second) {
      if (!matches_beside_path(rules_[i])) continue;
      first = i;
      break;
    }
  }
  for (const size_t i : others_) {
    if (i > first) break;
    if (rules_[i].MatchesPath(call->call().path) && matches_beside_path(rules_[i])) return &rules_[i];
  }
  return first == rules_.size() ? nullptr : &rules_[first];
}

}  // namespace pinion
