#include "pinion/workload/policies.h"

#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace pinion {
namespace {

constexpr char kPolicy[] = "authorization_policy";
constexpr char kShadow[] = "shadow_policy";

Reloadable<AuthorizationPolicy>::Load LoaderOf(const std::string& file) {
  return [file](const std::vector<std::string>& texts, const std::shared_ptr<const AuthorizationPolicy>& in_force)
             -> absl::StatusOr<std::shared_ptr<const AuthorizationPolicy>> {
    absl::StatusOr<std::shared_ptr<const AuthorizationPolicy>> loaded =
        AuthorizationPolicy::FromJson(texts.at(0), file);
    if (loaded.ok() && in_force != nullptr && (*loaded)->SaysTheSameAs(*in_force)) return in_force;
    return loaded;
  };
}

Candidate<AuthorizationPolicy> Read(Reloadable<AuthorizationPolicy>* reloadable) {
  absl::StatusOr<std::shared_ptr<const AuthorizationPolicy>> read = reloadable->Read();
  if (!read.ok()) return {reloadable->in_force(), read.status()};
  return {*std::move(read), absl::OkStatus()};
}

absl::Status StartOne(const char* name, const ReloadContext& context,
                      std::optional<Reloadable<AuthorizationPolicy>>* reloadable) {
  if (!reloadable->has_value()) return absl::OkStatus();
  const Candidate<AuthorizationPolicy> choice = Read(&**reloadable);
  if (choice.error.ok()) Commit(name, choice, "", context, &**reloadable);
  return choice.error;
}

std::optional<SourceStatus> StatusOf(const std::optional<Reloadable<AuthorizationPolicy>>& reloadable) {
  return reloadable.has_value() ? std::optional<SourceStatus>(reloadable->status()) : std::nullopt;
}

}  // namespace

Policies::Policies(const Sources& sources, std::shared_ptr<const AuthorizationPolicy> policy,
                   std::shared_ptr<const AuthorizationPolicy> shadow)
    : fixed_policy_(std::move(policy)), fixed_shadow_(std::move(shadow)) {
  if (sources.policy != nullptr) policy_.emplace(sources.policy, LoaderOf(sources.policy_file));
  if (sources.shadow != nullptr) shadow_.emplace(sources.shadow, LoaderOf(sources.shadow_file));
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
