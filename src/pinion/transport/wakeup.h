// A timer that does not need its own thread.
#ifndef PINION_TRANSPORT_WAKEUP_H_
#define PINION_TRANSPORT_WAKEUP_H_

#include <grpcpp/alarm.h>

#include <cstdint>
#include <functional>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "pinion/base/mutex.h"

namespace pinion {

// Calls back on one of gRPC's threads at the earliest of the requested times. Thread-safe.
class Wakeup : public std::enable_shared_from_this<Wakeup> {
 public:
  // `call` may run on several threads at once, and once more while or after Stop is called.
  static std::shared_ptr<Wakeup> Create(std::function<void()> call);

  // Requests a call at `when`, by SteadyNow; an earlier pending request takes precedence. Never waits for a call.
  void At(absl::Time when);
  // Cancels the pending request and ignores further ones.
  void Stop();

 private:
  explicit Wakeup(std::function<void()> call) : call_(std::move(call)) {}
  struct Shot;
  static void Fire(Shot* shot, bool rang);
  void Ring(int64_t number);

  const std::function<void()> call_;
  Mutex mutex_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Time next_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteFuture();
  int64_t number_ ABSL_GUARDED_BY(mutex_) = 0;  // the alarm's number; an earlier alarm that still rings is ignored
  std::unique_ptr<grpc::Alarm> alarm_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pinion

#endif  // PINION_TRANSPORT_WAKEUP_H_
