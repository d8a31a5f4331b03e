// Reloads the active authorization policy and the shadow policy. Private to workload/.
#ifndef PINION_WORKLOAD_POLICIES_H_
#define PINION_WORKLOAD_POLICIES_H_

#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "pinion/authorization/policy.h"
#include "pinion/source/reloadable.h"
#include "pinion/source/source.h"
#include "pinion/workload/commit.h"
#include "pinion/workload_options.h"

namespace pinion {

// Each policy is reloaded independently. Not thread-safe; the owner serializes access.
class Policies {
 public:
  // `policy` and `shadow` are null if there is no such source. If the options allow every authenticated peer, the
  // policy is constant.
  Policies(std::shared_ptr<Source> policy, std::shared_ptr<Source> shadow, const ServerOptions& options);
  // For a workload that does not serve.
  Policies() = default;

  // Reads the sources for the first time; their content must be valid.
  absl::Status Start(const ReloadContext& context);
  // Reads the sources again. Invalid content is rejected; the last good version stays in effect. Returns true if a
  // policy in effect changed.
  bool Reload(const ReloadContext& context);

  std::shared_ptr<const AuthorizationPolicy> policy() const { return policy_ ? policy_->in_effect() : everything_; }
  std::shared_ptr<const AuthorizationPolicy> shadow() const { return shadow_ ? shadow_->in_effect() : nullptr; }
  // Empty if there is no source.
  std::optional<SourceStatus> policy_status() const;
  std::optional<SourceStatus> shadow_status() const;

 private:
  std::shared_ptr<const AuthorizationPolicy> everything_;
  std::optional<Reloadable<AuthorizationPolicy>> policy_;
  std::optional<Reloadable<AuthorizationPolicy>> shadow_;
};

}  // namespace pinion

#endif  // PINION_WORKLOAD_POLICIES_H_
