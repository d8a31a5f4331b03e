#include "pinion/connection/last_refusals.h"

#include <utility>

#include "pinion/base/mutex.h"
#include "pinion/x509/host_name.h"

namespace pinion {
namespace {

constexpr size_t kMaxHosts = 1024;

// The normalized spelling of a host.
std::string Normalised(absl::string_view target) {
  const absl::StatusOr<x509::HostName> host = x509::HostName::FromTarget(target);
  return host.ok() ? host->text() : std::string(target);
}

}  // namespace

std::optional<Refusal> LastRefusals::For(absl::string_view target) const {
  const MutexLock lock(mutex_);
  const auto found = by_host_.find(Normalised(target));
  return found == by_host_.end() ? std::nullopt : std::optional<Refusal>(found->second);
}

void LastRefusals::Set(absl::string_view host, Refusal refusal) {
  const MutexLock lock(mutex_);
  if (by_host_.size() >= kMaxHosts) by_host_.erase(by_host_.begin());
  by_host_[Normalised(host)] = std::move(refusal);
}

void LastRefusals::Clear(absl::string_view host) {
  const MutexLock lock(mutex_);
  by_host_.erase(Normalised(host));
}

}  // namespace pinion
