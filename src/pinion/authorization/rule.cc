#include "pinion/authorization/rule.h"

#include <algorithm>

namespace pinion {
namespace {

bool IsMet(const HeaderCondition& condition, Effect effect, EvaluationContext* call) {
  const HeaderValue* const header = call->Header(condition.key);
  if (header == nullptr) return false;
  return std::any_of(condition.values.begin(), condition.values.end(), [&](const Pattern& value) {
    return effect == Effect::kDeny ? header->SomeRunMatches(value) : header->WholeMatches(value);
  });
}

bool MatchesName(const Pattern& principal, const CallToAuthorize& call) {
  const auto matches = [&principal](absl::string_view name) { return principal.Matches(name); };
  return std::any_of(call.uri_sans.begin(), call.uri_sans.end(), matches) ||
         std::any_of(call.dns_sans.begin(), call.dns_sans.end(), matches) || matches(call.subject);
}

bool AreExact(const std::vector<Pattern>& patterns) {
  return !patterns.empty() && std::all_of(patterns.begin(), patterns.end(), [](const Pattern& pattern) {
    return pattern.kind() == Pattern::Kind::kExact;
  });
}

}  // namespace

bool Rule::HasExactPathsOnly() const { return AreExact(paths); }

bool Rule::HasExactPrincipalsOnly() const { return AreExact(principals) && peers.empty() && !takes_any_peer; }

bool Rule::MatchesPath(absl::string_view path) const {
  return paths.empty() ||
         std::any_of(paths.begin(), paths.end(), [path](const Pattern& pattern) { return pattern.Matches(path); });
}

bool Rule::CoversPathsOf(const Rule& other) const {
  const auto covers = [this](const Pattern& path) {
    return std::any_of(paths.begin(), paths.end(), [&path](const Pattern& wider) { return wider.Covers(path); });
  };
  const auto is_any = [](const Pattern& path) { return path.kind() == Pattern::Kind::kPresence; };
  if (paths.empty() || std::any_of(paths.begin(), paths.end(), is_any)) return true;
  return !other.paths.empty() && std::all_of(other.paths.begin(), other.paths.end(), covers);
}

bool Rule::MatchesSource(EvaluationContext* call) const {
  // Peers are evaluated last, since looking them up costs more.
  return !HasSource() || std::any_of(principals.begin(), principals.end(), [call](const Pattern& principal) {
    return MatchesName(principal, call->call());
  }) || MatchesPeer(call);
}

bool Rule::MatchesPeer(EvaluationContext* call) const {
  if (peers.empty() && !takes_any_peer) return false;
  const CallerPeers* const callers = call->Peers();
  if (callers == nullptr) return effect == Effect::kDeny;
  const std::vector<absl::string_view>& names = callers->names;
  if (names.empty()) return false;
  // A certificate that belongs to two peers contradicts the pin set, so no allow rule for either peer matches.
  if (effect == Effect::kAllow && (names.size() > 1 || !callers->are_proven)) return false;
  return takes_any_peer || std::any_of(names.begin(), names.end(), [this](absl::string_view caller) {
           return std::find(peers.begin(), peers.end(), caller) != peers.end();
         });
}

const HeaderCondition* Rule::FindUnmetHeader(EvaluationContext* call) const {
  const auto unmet = std::find_if(headers.begin(), headers.end(), [this, call](const HeaderCondition& condition) {
    return !IsMet(condition, effect, call);
  });
  return unmet == headers.end() ? nullptr : &*unmet;
}

}  // namespace pinion
