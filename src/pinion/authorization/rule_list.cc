#include "pinion/authorization/rule_list.h"

namespace pinion {
namespace {

bool MatchesIfPathDoes(const Rule& rule, EvaluationContext* call) {
  return rule.MatchesSource(call) && rule.FindUnmetHeader(call) == nullptr;
}

bool MatchesIfSourceDoes(const Rule& rule, EvaluationContext* call) {
  return rule.MatchesPath(call->call().path) && rule.FindUnmetHeader(call) == nullptr;
}

bool Matches(const Rule& rule, EvaluationContext* call) {
  return rule.MatchesPath(call->call().path) && MatchesIfPathDoes(rule, call);
}

void AddTo(std::vector<size_t>* rules, size_t rule) {
  if (rules->empty() || rules->back() != rule) rules->push_back(rule);
}

}  // namespace

void RuleList::Add(Rule rule) {
  const size_t here = rules_.size();
  if (rule.HasExactPathsOnly()) {
    for (const Pattern& path : rule.paths) AddTo(&by_path_[path.text()], here);
  } else if (rule.HasExactPrincipalsOnly()) {
    for (const Pattern& principal : rule.principals) AddTo(&by_principal_[principal.text()], here);
  } else {
    others_.push_back(here);
  }
  rules_.push_back(std::move(rule));
}

const Rule* RuleList::FindFirst(EvaluationContext* call) const {
  const CallToAuthorize& asked = call->call();
  size_t first = FindBefore(rules_.size(), by_path_, asked.path, MatchesIfPathDoes, call);
  const auto find_caller = [&](absl::string_view name) {
    first = FindBefore(first, by_principal_, name, MatchesIfSourceDoes, call);
  };
  for (const absl::string_view name : asked.uri_sans) find_caller(name);
  for (const absl::string_view name : asked.dns_sans) find_caller(name);
  find_caller(asked.subject);
  first = FindBefore(first, others_, Matches, call);
  return first == rules_.size() ? nullptr : &rules_[first];
}

size_t RuleList::FindBefore(size_t end, const Index& index, absl::string_view key, Test test,
                            EvaluationContext* call) const {
  if (index.empty() || key.empty()) return end;  // spares hashing the key; no path or principal is empty
  const auto found = index.find(key);
  return found == index.end() ? end : FindBefore(end, found->second, test, call);
}

size_t RuleList::FindBefore(size_t end, const std::vector<size_t>& candidates, Test test,
                            EvaluationContext* call) const {
  for (const size_t i : candidates) {
    if (i >= end) break;
    if (test(rules_[i], call)) return i;
  }
  return end;
}

}  // namespace pinion
