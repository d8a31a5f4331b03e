// The rules that a policy keeps, applied while it is built from its message. Private to authorization/.
#ifndef PINION_AUTHORIZATION_POLICY_BUILDER_H_
#define PINION_AUTHORIZATION_POLICY_BUILDER_H_

#include <memory>
#include <set>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "pinion/authorization/policy.h"
#include "pinion/v1/authorization_policy.pb.h"

namespace pinion {

// Builds one AuthorizationPolicy; not reusable.
class PolicyBuilder {
 public:
  // Null when a rule is broken; then error_path() and error() say which value breaks it and how.
  std::shared_ptr<const AuthorizationPolicy> Build(const v1::AuthorizationPolicy& proto);

  // As the JSON loader spells it: "allow_rules[0].request.paths[1]".
  const std::string& error_path() const { return error_path_; }
  // Begins with the name of the rule that it is about, if it has one.
  const std::string& error() const { return error_; }

 private:
  using Header = v1::AuthorizationRule::Request::Header;

  // Each is true when all is well, and otherwise has called Fail.
  bool AddRule(const v1::AuthorizationRule& proto, Effect effect, const std::string& path);
  bool CheckRuleName(const std::string& name, const std::string& path);
  bool AddPrincipal(const std::string& text, const std::string& path, Rule* rule);
  bool AddPeer(absl::string_view name, const std::string& path, Rule* rule);
  bool AddPath(const std::string& text, const std::string& path, Rule* rule);
  bool AddHeader(const Header& proto, const std::string& path, Rule* rule);
  bool AddHeaderValue(const std::string& text, const std::string& path, Effect effect, HeaderCondition* condition);
  bool AddAudit(const v1::AuditLoggingOptions& proto);
  bool CheckAuditLogger(const v1::AuditLoggingOptions::AuditLogger& proto, const std::string& path);
  bool Fail(std::string path, std::string error);

  // The place of `key` among the policy's header keys.
  size_t HeaderKey(const std::string& key);

  std::shared_ptr<AuthorizationPolicy> policy_{new AuthorizationPolicy()};
  // Where each rule stands, by its name.
  absl::flat_hash_map<std::string, std::string> places_;
  std::set<std::string> peers_;
  std::string current_rule_;
  std::string error_path_;
  std::string error_;
};

}  // namespace pinion

#endif  // PINION_AUTHORIZATION_POLICY_BUILDER_H_
