#include "pinion/workload/floor_recorder.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "pinion/base/mutex.h"
#include "pinion/base/printable.h"
#include "pinion/base/steady_clock.h"
#include "pinion/base/thread_without_signals.h"

namespace pinion {
namespace {

constexpr absl::Duration kPatience = absl::Milliseconds(200);

}  // namespace

struct FloorRecorder::Attempt {
  std::shared_ptr<const PinSet> pin_set;
  std::string copy;
  Mutex mutex;
  CondVar ended;
  std::optional<absl::Status> outcome ABSL_GUARDED_BY(mutex);
};

absl::Status FloorRecorder::Record(const std::shared_ptr<const PinSet>& pin_set, const std::string& copy) {
  if (floor_.state_dir.empty()) return absl::OkStatus();
  const absl::Time end = SteadyNow() + kPatience;
  for (;;) {
    if (attempt_ == nullptr) {
      attempt_ = std::make_shared<Attempt>();
      attempt_->pin_set = pin_set;
      attempt_->copy = copy;
      StartThreadWithoutSignals([floor = floor_, attempt = attempt_] {
        absl::Status outcome = RaiseFloor(floor, *attempt->pin_set, attempt->copy);
        const MutexLock lock(attempt->mutex);
        attempt->outcome = std::move(outcome);
        attempt->ended.NotifyAll();
      }).detach();
    }
    const std::shared_ptr<Attempt> attempt = attempt_;
    const MutexLock lock(attempt->mutex);
    while (!attempt->outcome.has_value() && attempt->ended.WaitUntil(attempt->mutex, end)) {
    }
    if (!attempt->outcome.has_value()) {
      return absl::UnavailableError(absl::StrCat("state_dir ", Printable(floor_.state_dir), " has not answered for ",
                                                 absl::FormatDuration(kPatience)));
    }
    attempt_ = nullptr;
    if (attempt->pin_set == pin_set) return *attempt->outcome;  // otherwise it was an earlier one
  }
}

}  // namespace pinion
