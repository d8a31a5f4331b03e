#include "tools/pinion/policy_output.h"

#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "pinion/base/printable.h"
#include "tools/pinion/json_output.h"
#include "tools/pinion/placed_error.h"

namespace pinion::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string Text(const Json& content) {
  Json json = {{"version", 1}};
  json.update(content);
  return JsonText(json);
}

std::vector<std::string> NamesOf(Effect effect, const AuthorizationPolicy& policy) {
  std::vector<std::string> names;
  for (const Rule& rule : policy.rules()) {
    if (rule.effect == effect) names.push_back(rule.name);
  }
  return names;
}

std::vector<std::string> RulesForEveryPeer(const AuthorizationPolicy& policy) {
  std::vector<std::string> names;
  for (const Rule& rule : policy.rules()) {
    if (rule.effect == Effect::kAllow && !rule.HasSource()) names.push_back(rule.name);
  }
  return names;
}

std::string Listed(const std::vector<std::string>& names) {
  return names.empty() ? "none" : absl::CHexEscape(absl::StrJoin(names, ", "));
}

Json ToJson(const Decision& decision) {
  return {{"allowed", decision.allowed},
          {"reason", std::string(ToString(decision.reason))},
          {"rule", std::string(decision.rule)}};
}

std::string CallerOf(const v1::RecordedCall& call) {
  if (!call.uri_sans().empty()) return absl::CHexEscape(call.uri_sans(0));
  if (!call.dns_sans().empty()) return absl::CHexEscape(call.dns_sans(0));
  return call.subject().empty() ? "an anonymous caller" : absl::CHexEscape(call.subject());
}

}  // namespace

std::string GoodPolicyTable(const std::string& file, const AuthorizationPolicy& policy) {
  return absl::StrCat(Printable(file), ": good: policy \"", absl::CHexEscape(policy.name()), "\"\n  deny rules   ",
                      Listed(NamesOf(Effect::kDeny, policy)), "\n  allow rules  ",
                      Listed(NamesOf(Effect::kAllow, policy)), "\n  every peer   ", Listed(RulesForEveryPeer(policy)),
                      " (allow rules without principals)", "\n  peers        ", Listed(policy.peers()),
                      " (by name; the pin set should list them)\n");
}

std::string GoodPolicyJson(const AuthorizationPolicy& policy) {
  Json json;
  json["good"] = true;
  json["name"] = policy.name();
  json["deny_rules"] = NamesOf(Effect::kDeny, policy);
  json["allow_rules"] = NamesOf(Effect::kAllow, policy);
  json["rules_for_every_peer"] = RulesForEveryPeer(policy);
  json["peers"] = policy.peers();
  return Text(json);
}

std::string BadPolicyJson(const std::string& file, const absl::Status& status) {
  const PlacedError error = TakeApart(file, status);
  Json json;
  json["good"] = false;
  json["file"] = file;
  json["line"] = error.line;
  json["column"] = error.column;
  json["error"] = error.text;
  return Text(json);
}

std::string DecisionTable(const Decision& decision, const std::vector<RuleFinding>& findings) {
  std::string out = ToString(decision) + "\n";
  if (decision.reason == DecisionReason::kNotAMethodPath || decision.reason == DecisionReason::kMalformedHeader) {
    return out;
  }
  for (const RuleFinding& finding : findings) {
    absl::StrAppend(&out, finding.is_deny_rule ? "  deny   \"" : "  allow  \"", absl::CHexEscape(finding.rule), "\" ",
                    finding.mismatch.empty() ? "matches" : "does not match: ", finding.mismatch, "\n");
  }
  return out;
}

std::string DecisionJson(const Decision& decision, const std::vector<RuleFinding>& findings) {
  Json json = ToJson(decision);
  json["findings"] = Json::array();
  for (const RuleFinding& finding : findings) {
    json["findings"].push_back({{"rule", std::string(finding.rule)},
                                {"effect", finding.is_deny_rule ? "deny" : "allow"},
                                {"matches", finding.mismatch.empty()},
                                {"mismatch", finding.mismatch}});
  }
  return Text(json);
}

std::string DifferenceTable(const std::vector<Difference>& differences, size_t calls) {
  std::string out;
  for (const Difference& difference : differences) {
    absl::StrAppend(&out, difference.call.place, ": ", absl::CHexEscape(difference.call.call.path()), " from ",
                    CallerOf(difference.call.call), "\n  old  ", ToString(difference.before), "\n  new  ",
                    ToString(difference.after), "\n");
  }
  return absl::StrCat(out, differences.size(), " of ", calls, " calls change\n");
}

std::string DifferenceJson(const std::vector<Difference>& differences, size_t calls) {
  Json json;
  json["calls"] = calls;
  json["changed"] = Json::array();
  for (const Difference& difference : differences) {
    json["changed"].push_back({{"place", difference.call.place},
                               {"path", difference.call.call.path()},
                               {"old", ToJson(difference.before)},
                               {"new", ToJson(difference.after)}});
  }
  return Text(json);
}

}  // namespace pinion::cli
