#include "pinion/workload/reload_control.h"

#include <utility>

namespace pinion {

std::shared_ptr<Reloading> ReloadControl::Attached() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return reloading_.lock();
}

void ReloadControl::ReloadNow() {
  if (const std::shared_ptr<Reloading> attached = Attached(); attached != nullptr) attached->Reload();
}

std::optional<WorkloadStatus> ReloadControl::Status() const {
  const std::shared_ptr<Reloading> attached = Attached();
  return attached == nullptr ? std::nullopt : std::optional<WorkloadStatus>(attached->Status());
}

void ReloadControl::Attach(std::weak_ptr<Reloading> reloading) {
  const std::lock_guard<std::mutex> lock(mutex_);
  reloading_ = std::move(reloading);
}

void ReloadControl::Keep(std::shared_ptr<Reloading> reloading) {
  const std::lock_guard<std::mutex> lock(mutex_);
  kept_.swap(reloading);  // an earlier one ends after the lock: its thread may be asking here
}

}  // namespace pinion
