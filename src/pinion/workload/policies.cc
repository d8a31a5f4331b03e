#include "pinion/workload/policies.h"

#include <utility>

#include "absl/status/statusor.h"
#include "pinion/loading/loaders.h"

namespace pinion {
namespace {

constexpr char kPolicy[] = "authorization_policy";
constexpr char kShadow[] = "shadow_policy";

absl::Status StartOne(const char* name, const ReloadContext& context,
                      std::optional<Reloadable<AuthorizationPolicy>>* reloadable) {
  if (!reloadable->has_value()) return absl::OkStatus();
  const Candidate<AuthorizationPolicy> choice = Read(&**reloadable);
  if (choice.error.ok()) Commit(name, choice, "", context, &**reloadable);
  return choice.error;
}

}  // namespace

Policies::Policies(std::shared_ptr<Source> policy, std::shared_ptr<Source> shadow, const ServerOptions& options) {
  if (options.authorization == v1::ALLOW_EVERY_AUTHENTICATED_PEER) {
    everything_ = AuthorizationPolicy::AllowEveryAuthenticatedPeer();
  }
  if (policy != nullptr) policy_.emplace(std::move(policy), PolicyLoader(kPolicy, options.authorization_policy));
  if (shadow != nullptr) shadow_.emplace(std::move(shadow), PolicyLoader(kShadow, options.shadow_policy));
}

absl::Status Policies::Start(const ReloadContext& context) {
  if (absl::Status status = StartOne(kPolicy, context, &policy_); !status.ok()) return status;
  return StartOne(kShadow, context, &shadow_);
}

bool Policies::Reload(const ReloadContext& context) {
  bool changed = false;
  if (policy_.has_value()) changed = Commit(kPolicy, Read(&*policy_), "", context, &*policy_);
  if (shadow_.has_value()) changed = Commit(kShadow, Read(&*shadow_), "", context, &*shadow_) || changed;
  return changed;
}

std::optional<SourceStatus> Policies::policy_status() const { return StatusOf(policy_); }
std::optional<SourceStatus> Policies::shadow_status() const { return StatusOf(shadow_); }

}  // namespace pinion
