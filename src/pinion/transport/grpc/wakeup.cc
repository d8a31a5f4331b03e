#include "pinion/transport/wakeup.h"

#include <grpc/support/time.h>

#include <algorithm>
#include <utility>

#include "pinion/base/mutex.h"
#include "pinion/base/steady_clock.h"

namespace pinion {

// The state of one alarm. Its lock orders its creation before its use, also for analyzers such as TSan, which cannot
// observe gRPC's synchronization.
struct Wakeup::Shot {
  Mutex mutex;
  std::weak_ptr<Wakeup> wakeup;
  int64_t number = 0;
};

std::shared_ptr<Wakeup> Wakeup::Create(std::function<void()> call) {
  return std::shared_ptr<Wakeup>(new Wakeup(std::move(call)));
}

void Wakeup::At(absl::Time when) {
  std::unique_ptr<grpc::Alarm> replaced;  // destroyed without the lock
  const MutexLock lock(mutex_);
  if (stopped_ || when >= next_) return;
  next_ = when;
  replaced = std::exchange(alarm_, std::make_unique<grpc::Alarm>());
  auto* const shot = new Shot();
  {
    const MutexLock making(shot->mutex);
    shot->wakeup = weak_from_this();
    shot->number = ++number_;
  }
  // The monotonic clock cannot be set.
  const int64_t nanoseconds = std::max<int64_t>(absl::ToInt64Nanoseconds(when - SteadyNow()), 0);
  const gpr_timespec due = gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_nanos(nanoseconds, GPR_TIMESPAN));
  alarm_->Set(due, [shot](bool rang) { Fire(shot, rang); });  // called exactly once, also if cancelled
}

void Wakeup::Fire(Shot* shot, bool rang) {
  std::shared_ptr<Wakeup> wakeup;
  int64_t number = 0;
  {
    const MutexLock lock(shot->mutex);
    if (rang) wakeup = shot->wakeup.lock();
    number = shot->number;
  }
  delete shot;
  if (wakeup != nullptr) wakeup->Ring(number);
}

void Wakeup::Stop() {
  std::unique_ptr<grpc::Alarm> ended;
  const MutexLock lock(mutex_);
  stopped_ = true;
  ended = std::move(alarm_);
}

void Wakeup::Ring(int64_t number) {
  {
    const MutexLock lock(mutex_);
    if (stopped_ || number != number_) return;
    next_ = absl::InfiniteFuture();
  }
  call_();
}

}  // namespace pinion
