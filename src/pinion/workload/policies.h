// The authorization policy in force and the one in its shadow, reloaded. Private to workload/.
#ifndef PINION_WORKLOAD_POLICIES_H_
#define PINION_WORKLOAD_POLICIES_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "pinion/authorization/policy.h"
#include "pinion/source/reloadable.h"
#include "pinion/source/source.h"
#include "pinion/workload/commit.h"

namespace pinion {

// Each by itself: neither waits for the other. Its owner lets one thread in at a time.
class Policies {
 public:
  // Null: there is none. A source has a file's name for the errors.
  struct Sources {
    std::shared_ptr<Source> policy;
    std::shared_ptr<Source> shadow;
    std::string policy_file;
    std::string shadow_file;
  };

  // Of sources, or, where they are null, of what never changes.
  Policies(const Sources& sources, std::shared_ptr<const AuthorizationPolicy> policy,
           std::shared_ptr<const AuthorizationPolicy> shadow);

  // Reads for the first time; what the sources give must be valid.
  absl::Status Start(const ReloadContext& context);
  // Reads again; what is bad changes nothing. True when something else is in force afterwards.
  bool Reload(const ReloadContext& context);

  std::shared_ptr<const AuthorizationPolicy> policy() const { return policy_ ? policy_->in_force() : fixed_policy_; }
  std::shared_ptr<const AuthorizationPolicy> shadow() const { return shadow_ ? shadow_->in_force() : fixed_shadow_; }
  // Empty where there is no source.
  std::optional<SourceStatus> policy_status() const;
  std::optional<SourceStatus> shadow_status() const;

 private:
  std::shared_ptr<const AuthorizationPolicy> fixed_policy_;
  std::shared_ptr<const AuthorizationPolicy> fixed_shadow_;
  std::optional<Reloadable<AuthorizationPolicy>> policy_;
  std::optional<Reloadable<AuthorizationPolicy>> shadow_;
};

}  // namespace pinion

#endif  // PINION_WORKLOAD_POLICIES_H_
