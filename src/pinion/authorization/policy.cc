#include "pinion/authorization/policy.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "pinion/authorization/method_path.h"
#include "pinion/authorization/policy_builder.h"
#include "pinion/base/file.h"
#include "pinion/base/quoted.h"
#include "pinion/json/strict.h"

namespace pinion {
namespace {

std::string MismatchOf(const Rule& rule, EvaluationContext* call) {
  if (!rule.MatchesPath(call->call().path)) return "none of its paths matches";
  if (!rule.MatchesSource(call)) return "none of its principals matches";
  const HeaderCondition* const unmet = rule.FindUnmetHeader(call);
  if (unmet == nullptr) return "";
  const std::string key = Quoted(call->header_keys()[unmet->key]);
  if (call->Header(unmet->key) == nullptr) return absl::StrCat("there is no header ", key);
  return absl::StrCat("header ", key, " matches none of its values");
}

// The same rule applies to all paths in Pinion's files.
void MakeRelativeTo(absl::string_view file, v1::AuditLoggingOptions* options) {
  for (auto& logger : *options->mutable_audit_loggers()) {
    if (logger.config().path().empty()) continue;
    logger.mutable_config()->set_path(RelativeTo(file, logger.config().path()));
  }
}

}  // namespace

absl::StatusOr<std::shared_ptr<const AuthorizationPolicy>> AuthorizationPolicy::FromJson(absl::string_view text,
                                                                                         absl::string_view file_name) {
  v1::AuthorizationPolicy proto;
  if (absl::Status status = json::Parse(text, file_name, &proto); !status.ok()) return status;
  if (proto.has_audit_logging_options()) MakeRelativeTo(file_name, proto.mutable_audit_logging_options());
  PolicyBuilder builder;
  if (std::shared_ptr<const AuthorizationPolicy> policy = builder.Build(proto); policy != nullptr) return policy;
  return json::ErrorAt(text, file_name, builder.error_path(), builder.error());
}

absl::StatusOr<std::shared_ptr<const AuthorizationPolicy>> AuthorizationPolicy::FromProto(
    const v1::AuthorizationPolicy& proto) {
  PolicyBuilder builder;
  if (std::shared_ptr<const AuthorizationPolicy> policy = builder.Build(proto); policy != nullptr) return policy;
  return absl::InvalidArgumentError(absl::StrCat(builder.error_path(), ": ", builder.error()));
}

std::shared_ptr<const AuthorizationPolicy> AuthorizationPolicy::AllowEveryAuthenticatedPeer() {
  v1::AuthorizationPolicy proto;
  proto.set_name("allow-every-authenticated-peer");
  v1::AuthorizationRule* const rule = proto.add_allow_rules();
  rule->set_name("every-authenticated-peer");
  rule->mutable_source()->add_principals("*");
  return PolicyBuilder().Build(proto);
}

Decision AuthorizationPolicy::Evaluate(const CallToAuthorize& call) const {
  if (!IsMethodPath(call.path)) return {false, DecisionReason::kNotAMethodPath, ""};
  // Otherwise a deny rule on "cookie" would not match "Cookie", which gRPC passes to handlers and proxies unchanged.
  if (!header_keys_.empty() && call.has_malformed_header != nullptr && call.has_malformed_header()) {
    return {false, DecisionReason::kMalformedHeader, ""};
  }
  EvaluationContext context(call, header_keys_);
  const Rule* const rule = rules_.FindFirst(&context);
  if (rule == nullptr) return {false, DecisionReason::kNoRule, ""};
  if (rule->effect == Effect::kDeny) return {false, DecisionReason::kDenyRule, rule->name};
  return {true, DecisionReason::kAllowRule, rule->name};
}

Decision AuthorizationPolicy::DecideBestCall(const CallToAuthorize& caller) const {
  EvaluationContext context(caller, header_keys_);
  std::vector<const Rule*> denying;  // whatever the headers are
  Decision best;
  for (const Rule& rule : rules()) {  // deny rules first
    if (!rule.MatchesSource(&context)) continue;
    if (rule.effect == Effect::kDeny) {
      if (rule.headers.empty()) denying.push_back(&rule);
      continue;
    }
    const auto denies_all = [&rule](const Rule* other) { return other->CoversPathsOf(rule); };
    const auto found = std::find_if(denying.begin(), denying.end(), denies_all);
    if (found == denying.end()) return {true, DecisionReason::kAllowRule, rule.name};
    best = {false, DecisionReason::kDenyRule, (*found)->name};
  }
  return best;
}

std::vector<RuleFinding> AuthorizationPolicy::Explain(const CallToAuthorize& call) const {
  EvaluationContext context(call, header_keys_);
  std::vector<RuleFinding> findings;
  for (const Rule& rule : rules()) {
    findings.push_back({rule.name, rule.effect == Effect::kDeny, MismatchOf(rule, &context)});
  }
  return findings;
}

}  // namespace pinion
