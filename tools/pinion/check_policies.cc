#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "pinion/authorization/pattern.h"
#include "pinion/json/strict.h"
#include "tools/pinion/checks.h"

namespace pinion::cli {
namespace {

template <typename Predicate>
bool SomePeer(const std::vector<std::shared_ptr<const PinSet>>& pin_sets, Predicate predicate) {
  return std::any_of(pin_sets.begin(), pin_sets.end(), [&predicate](const std::shared_ptr<const PinSet>& pin_set) {
    return std::any_of(pin_set->peers().begin(), pin_set->peers().end(), predicate);
  });
}

void CheckPrincipal(const PolicyFile& policy, const std::string& principal, const std::string& rule,
                    const std::string& path, std::vector<Finding>* findings) {
  absl::string_view name = principal;
  const bool is_peer = absl::ConsumePrefix(&name, "peer:");
  const std::string shown =
      absl::StrCat("rule \"", absl::CHexEscape(rule), "\": \"", absl::CHexEscape(principal), "\"");
  if (is_peer && std::count(policy.policy->peers().begin(), policy.policy->peers().end(), name) > 0 &&
      !SomePeer(policy.pin_sets, [name](const Peer& peer) { return peer.name == name; })) {
    findings->push_back({Severity::kError, "POLICY_PEER_UNKNOWN", PlaceOf(policy.text, policy.file, path),
                         absl::StrCat(shown, " is no peer of the pin set, so it matches no caller"),
                         "correct the name, or add the peer to the pin set"});
  }
  const bool is_uri = !is_peer && absl::StrContains(principal, "://") && !absl::StrContains(principal, '*');
  if (is_uri && !SomePeer(policy.pin_sets, [&principal](const Peer& peer) {
        return std::count(peer.identities.begin(), peer.identities.end(), principal) > 0;
      })) {
    findings->push_back(
        {Severity::kInfo, "POLICY_URI_UNLISTED", PlaceOf(policy.text, policy.file, path),
         absl::StrCat(shown, " is an identity of no peer of the pin set, so no pin applies to its owner"),
         "if it is a peer's, add it to the peer's identities"});
  }
}

template <typename Rules>
void CheckRules(const PolicyFile& policy, const Rules& rules, const char* list, std::vector<Finding>* findings) {
  for (int i = 0; i < rules.size(); ++i) {
    const auto& principals = rules[i].source().principals();
    for (int j = 0; j < principals.size(); ++j) {
      CheckPrincipal(policy, principals[j], rules[i].name(), absl::StrCat(list, "[", i, "].source.principals[", j, "]"),
                     findings);
    }
  }
}

// A rule without source and request matches every call.
void CheckDeniesAll(const PolicyFile& policy, const v1::AuthorizationPolicy& proto, std::vector<Finding>* findings) {
  for (int i = 0; i < proto.deny_rules_size(); ++i) {
    const auto& rule = proto.deny_rules(i);
    const auto& request = rule.request();
    if (!rule.source().principals().empty() || !request.paths().empty() || !request.headers().empty()) continue;
    findings->push_back({Severity::kError, "POLICY_DENIES_ALL",
                         PlaceOf(policy.text, policy.file, absl::StrCat("deny_rules[", i, "]")),
                         absl::StrCat("rule \"", absl::CHexEscape(rule.name()),
                                      "\" has neither principals nor paths nor "
                                      "headers, so that it denies every call"),
                         "say which callers or methods it denies, or remove it"});
  }
}

// Whether any allow rule has this path, whoever calls.
bool AllowsPath(const v1::AuthorizationPolicy& proto, absl::string_view path) {
  return std::any_of(proto.allow_rules().begin(), proto.allow_rules().end(), [path](const auto& rule) {
    const auto& paths = rule.request().paths();
    return paths.empty() || std::any_of(paths.begin(), paths.end(), [path](const std::string& text) {
             const absl::StatusOr<Pattern> pattern = Pattern::Parse(text);
             return pattern.ok() && pattern->Matches(path);
           });
  });
}

void CheckHealth(const PolicyFile& policy, const v1::AuthorizationPolicy& proto, std::vector<Finding>* findings) {
  if (AllowsPath(proto, "/grpc.health.v1.Health/Check")) return;
  findings->push_back({Severity::kInfo,
                       "POLICY_DENIES_HEALTH",
                       {policy.file},
                       "no rule allows /grpc.health.v1.Health/Check, so that health checks over gRPC fail",
                       "where something checks the server's health in this way, allow it"});
}

}  // namespace

void CheckPolicies(const Deployment& deployment, std::vector<Finding>* findings) {
  for (const PolicyFile& policy : deployment.policies) {
    v1::AuthorizationPolicy proto;  // the parsed policy has no positions in the file
    json::Parse(policy.text, policy.file, &proto).IgnoreError();
    CheckDeniesAll(policy, proto, findings);
    CheckHealth(policy, proto, findings);
    if (policy.pin_sets.empty()) continue;
    CheckRules(policy, proto.deny_rules(), "deny_rules", findings);
    CheckRules(policy, proto.allow_rules(), "allow_rules", findings);
  }
}

}  // namespace pinion::cli
