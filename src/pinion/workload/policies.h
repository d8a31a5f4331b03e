// The authorization policy in effect and the one in its shadow, reloaded. Private to workload/.
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

// Each by itself: neither waits for the other. Its owner lets one thread in at a time.
class Policies {
 public:
  // `policy` and `shadow` are null where there is none. Where the options allow every authenticated peer, that is the
  // policy, and never changes.
  Policies(std::shared_ptr<Source> policy, std::shared_ptr<Source> shadow, const ServerOptions& options);
  // Of a workload that does not serve.
  Policies() = default;

  // Reads for the first time; what the sources give must be valid.
  absl::Status Start(const ReloadContext& context);
  // Reads again; what is bad changes nothing. True when something else is in effect afterwards.
  bool Reload(const ReloadContext& context);

  std::shared_ptr<const AuthorizationPolicy> policy() const { return policy_ ? policy_->in_effect() : everything_; }
  std::shared_ptr<const AuthorizationPolicy> shadow() const { return shadow_ ? shadow_->in_effect() : nullptr; }
  // Empty where there is no source.
  std::optional<SourceStatus> policy_status() const;
  std::optional<SourceStatus> shadow_status() const;

 private:
  std::shared_ptr<const AuthorizationPolicy> everything_;
  std::optional<Reloadable<AuthorizationPolicy>> policy_;
  std::optional<Reloadable<AuthorizationPolicy>> shadow_;
};

}  // namespace pinion

#endif  // PINION_WORKLOAD_POLICIES_H_
