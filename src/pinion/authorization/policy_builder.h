// Validates a policy message and builds the policy. Private to authorization/.
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
  // Returns null if the message is invalid; error_path() and error() then describe the invalid value.
  std::shared_ptr<const AuthorizationPolicy> Build(const v1::AuthorizationPolicy& proto);

  // In the notation of the JSON loader: "allow_rules[0].request.paths[1]".
  const std::string& error_path() const { return error_path_; }
  // Begins with the name of the invalid rule, if it has one.
  const std::string& error() const { return error_; }

 private:
  using Header = v1::AuthorizationRule::Request::Header;

  // Each returns true on success, and calls Fail otherwise.
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

  // The index of `key` in the policy's header keys.
  size_t HeaderKey(const std::string& key);

  std::shared_ptr<AuthorizationPolicy> policy_{new AuthorizationPolicy()};
  // The position of each rule, by its name.
  absl::flat_hash_map<std::string, std::string> places_;
  std::set<std::string> peers_;
  std::string current_rule_;
  std::string error_path_;
  std::string error_;
};

}  // namespace pinion

#endif  // PINION_AUTHORIZATION_POLICY_BUILDER_H_
