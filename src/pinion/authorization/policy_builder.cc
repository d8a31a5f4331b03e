#include "pinion/authorization/policy_builder.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "pinion/authorization/header_key.h"
#include "pinion/authorization/method_path.h"
#include "pinion/base/quoted.h"

namespace pinion {
namespace {

constexpr absl::string_view kPeerScheme = "peer:";

// Whether the pattern has white space at an end without a star; header values arrive without it.
bool HasOuterWhiteSpace(const Pattern& pattern) {
  const absl::string_view text = pattern.text();
  return (pattern.kind() != Pattern::Kind::kSuffix && absl::StripLeadingAsciiWhitespace(text) != text) ||
         (pattern.kind() != Pattern::Kind::kPrefix && absl::StripTrailingAsciiWhitespace(text) != text);
}

bool LeavesAnEndOpen(const Pattern& pattern) {
  return pattern.kind() == Pattern::Kind::kPrefix || pattern.kind() == Pattern::Kind::kSuffix;
}

}  // namespace

bool PolicyBuilder::Fail(std::string path, std::string error) {
  error_path_ = std::move(path);
  error_ = current_rule_.empty() ? std::move(error) : absl::StrCat("rule ", Quoted(current_rule_), ": ", error);
  return false;
}

std::shared_ptr<const AuthorizationPolicy> PolicyBuilder::Build(const v1::AuthorizationPolicy& proto) {
  if (proto.name().empty()) {
    Fail("name", "is missing or empty; name the policy, because the audit reports decisions by this name");
    return nullptr;
  }
  policy_->name_ = proto.name();
  policy_->content_ = proto.SerializeAsString();
  for (int i = 0; i < proto.deny_rules_size(); ++i) {
    if (!AddRule(proto.deny_rules(i), Effect::kDeny, absl::StrCat("deny_rules[", i, "]"))) return nullptr;
  }
  if (proto.allow_rules().empty()) {
    Fail("allow_rules", "is missing or empty, so every call would be denied; add a rule for what is allowed");
    return nullptr;
  }
  for (int i = 0; i < proto.allow_rules_size(); ++i) {
    if (!AddRule(proto.allow_rules(i), Effect::kAllow, absl::StrCat("allow_rules[", i, "]"))) return nullptr;
  }
  if (!AddAudit(proto.audit_logging_options())) return nullptr;
  policy_->peers_.assign(peers_.begin(), peers_.end());
  return policy_;
}

bool PolicyBuilder::AddRule(const v1::AuthorizationRule& proto, Effect effect, const std::string& path) {
  if (!CheckRuleName(proto.name(), path)) return false;
  current_rule_ = proto.name();
  Rule rule;
  rule.effect = effect;
  rule.name = proto.name();
  const auto& principals = proto.source().principals();
  for (int i = 0; i < principals.size(); ++i) {
    if (!AddPrincipal(principals[i], absl::StrCat(path, ".source.principals[", i, "]"), &rule)) return false;
  }
  const auto& paths = proto.request().paths();
  for (int i = 0; i < paths.size(); ++i) {
    if (!AddPath(paths[i], absl::StrCat(path, ".request.paths[", i, "]"), &rule)) return false;
  }
  const auto& headers = proto.request().headers();
  for (int i = 0; i < headers.size(); ++i) {
    if (!AddHeader(headers[i], absl::StrCat(path, ".request.headers[", i, "]"), &rule)) return false;
  }
  policy_->rules_.Add(std::move(rule));
  current_rule_.clear();
  return true;
}

bool PolicyBuilder::CheckRuleName(const std::string& name, const std::string& path) {
  if (name.empty()) {
    return Fail(path + ".name", "is missing or empty; name the rule, because decisions are reported by this name");
  }
  const auto [other, is_new] = places_.emplace(name, path);
  return is_new || Fail(path + ".name", absl::StrCat(Quoted(name), " is the name of ", other->second,
                                                     " already; give each rule, deny or allow, a name of its own"));
}

bool PolicyBuilder::AddPrincipal(const std::string& text, const std::string& path, Rule* rule) {
  if (text.empty()) {
    return Fail(path,
                "is empty, which means a peer without a certificate, and such a peer is never accepted; remove it");
  }
  if (absl::StartsWith(text, kPeerScheme)) return AddPeer(absl::StripPrefix(text, kPeerScheme), path, rule);
  if (absl::StartsWithIgnoreCase(text, kPeerScheme)) {
    return Fail(path,
                absl::StrCat(Quoted(text), " does not name a peer of the pin set; write \"peer:\" in lower case"));
  }
  absl::StatusOr<Pattern> pattern = Pattern::Parse(text);
  if (!pattern.ok()) return Fail(path, std::string(pattern.status().message()));
  rule->principals.push_back(*std::move(pattern));
  return true;
}

bool PolicyBuilder::AddPeer(absl::string_view name, const std::string& path, Rule* rule) {
  if (name == "*") {
    rule->takes_any_peer = true;
    return true;
  }
  const auto allowed = [](char c) { return absl::ascii_isalnum(c) || c == '.' || c == '_' || c == '-'; };
  if (name.empty() || !std::all_of(name.begin(), name.end(), allowed)) {
    return Fail(path, absl::StrCat("\"peer:\" is not followed by a peer's name: ", Quoted(name),
                                   "; write its whole name in the pin set, of letters, digits, '.', '_' or '-', or "
                                   "\"peer:*\" for any"));
  }
  rule->peers.emplace_back(name);
  peers_.emplace(name);
  return true;
}

bool PolicyBuilder::AddPath(const std::string& text, const std::string& path, Rule* rule) {
  absl::StatusOr<Pattern> pattern = Pattern::Parse(text);
  if (!pattern.ok()) return Fail(path, std::string(pattern.status().message()));
  if (!CanMatchMethodPath(*pattern)) {
    return Fail(path, absl::StrCat(Quoted(text),
                                   " matches no method; write \"/package.Service/Method\", "
                                   "\"/package.Service/*\" or \"*/Method\""));
  }
  rule->paths.push_back(*std::move(pattern));
  return true;
}

bool PolicyBuilder::AddHeader(const Header& proto, const std::string& path, Rule* rule) {
  if (const std::string error = ErrorInHeaderKey(proto.key()); !error.empty()) return Fail(path + ".key", error);
  if (proto.values().empty()) {
    return Fail(path + ".values", "is missing or empty, so the rule would never match; list values, or \"*\" for any");
  }
  HeaderCondition condition;
  condition.key = HeaderKey(proto.key());
  for (int i = 0; i < proto.values_size(); ++i) {
    const std::string here = absl::StrCat(path, ".values[", i, "]");
    if (!AddHeaderValue(proto.values(i), here, rule->effect, &condition)) return false;
  }
  rule->headers.push_back(std::move(condition));
  return true;
}

bool PolicyBuilder::AddHeaderValue(const std::string& text, const std::string& path, Effect effect,
                                   HeaderCondition* condition) {
  absl::StatusOr<Pattern> pattern = Pattern::Parse(text);
  if (!pattern.ok()) return Fail(path, std::string(pattern.status().message()));
  if (HasOuterWhiteSpace(*pattern)) {
    return Fail(path, absl::StrCat(Quoted(text), " has white space at an end, which headers never have; remove it"));
  }
  if (effect == Effect::kAllow && LeavesAnEndOpen(*pattern) && absl::StrContains(pattern->text(), ',')) {
    return Fail(
        path, absl::StrCat(Quoted(text),
                           " would never match, because a comma separates values and each must match by itself; write "
                           "the whole value without a star"));
  }
  condition->values.push_back(*std::move(pattern));
  return true;
}

size_t PolicyBuilder::HeaderKey(const std::string& key) {
  std::vector<std::string>& keys = policy_->header_keys_;
  const auto found = std::find(keys.begin(), keys.end(), key);
  if (found != keys.end()) return found - keys.begin();
  keys.push_back(key);
  return keys.size() - 1;
}

bool PolicyBuilder::AddAudit(const v1::AuditLoggingOptions& proto) {
  v1::AuditLoggingOptions& options = policy_->audit_logging_options_;
  options.set_audit_condition(proto.audit_condition());
  for (int i = 0; i < proto.audit_loggers_size(); ++i) {
    const auto& logger = proto.audit_loggers(i);
    const bool is_known = logger.name() == "stdout_logger" || logger.name() == "file_logger";
    // A59: an optional logger with an unknown name is ignored.
    if (!is_known && !logger.name().empty() && logger.is_optional()) continue;
    if (!CheckAuditLogger(logger, absl::StrCat("audit_logging_options.audit_loggers[", i, "]"))) return false;
    *options.add_audit_loggers() = logger;
  }
  return true;
}

bool PolicyBuilder::CheckAuditLogger(const v1::AuditLoggingOptions::AuditLogger& proto, const std::string& path) {
  if (proto.name().empty()) return Fail(path + ".name", "is missing or empty; it is stdout_logger or file_logger");
  if (proto.name() == "stdout_logger") {
    return proto.config().path().empty() || Fail(path + ".config.path", "stdout_logger takes no path; remove it");
  }
  if (proto.name() == "file_logger") {
    return !proto.config().path().empty() ||
           Fail(path + ".config.path", "is missing or empty; file_logger needs the file that it appends to");
  }
  return Fail(path + ".name", absl::StrCat(Quoted(proto.name()),
                                           " is not a logger here; use stdout_logger or file_logger, or set "
                                           "is_optional to true and do without it"));
}

}  // namespace pinion
