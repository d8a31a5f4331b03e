#include "pinion/authorization/rule_list.h"

namespace pinion {
namespace {

bool Matches(const Rule& rule, AskedCall* call) {
  return rule.MatchesPath(call->call().path) && rule.MatchesSource(call) && rule.FindUnmetHeader(call) == nullptr;
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

const Rule* RuleList::FindFirst(AskedCall* call) const {
  size_t first = FindBefore(rules_.size(), by_path_, call->call().path, call);
  for (const absl::string_view name : call->call().uri_sans) first = FindBefore(first, by_principal_, name, call);
  for (const absl::string_view name : call->call().dns_sans) first = FindBefore(first, by_principal_, name, call);
  first = FindBefore(first, by_principal_, call->call().subject, call);
  first = FindBefore(first, others_, call);
  return first == rules_.size() ? nullptr : &rules_[first];
}

size_t RuleList::FindBefore(size_t end, const Index& index, absl::string_view key, AskedCall* call) const {
  if (index.empty()) return end;  // spares hashing the key
  const auto found = index.find(key);
  return found == index.end() ? end : FindBefore(end, found->second, call);
}

size_t RuleList::FindBefore(size_t end, const std::vector<size_t>& candidates, AskedCall* call) const {
  for (const size_t i : candidates) {
    if (i >= end) break;
    if (Matches(rules_[i], call)) return i;
  }
  return end;
}

}  // namespace pinion
