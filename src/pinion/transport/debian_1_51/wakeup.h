// Calls back at a time, without a thread of its own.
#ifndef PINION_TRANSPORT_DEBIAN_1_51_WAKEUP_H_
#define PINION_TRANSPORT_DEBIAN_1_51_WAKEUP_H_

#include <grpcpp/alarm.h>

#include <cstdint>
#include <functional>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "pinion/base/mutex.h"

namespace pinion {

// On one of gRPC's threads; of several times that are asked for, the earliest counts. Safe to use from any thread.
class Wakeup : public std::enable_shared_from_this<Wakeup> {
 public:
  // `call` may run on several threads at once, and once more while or after Stop is called.
  static std::shared_ptr<Wakeup> Create(std::function<void()> call);

  // Calls at `when`, by SteadyNow, or earlier where that was asked for already. Never waits for a call.
  void At(absl::Time when);
  // Asks for no more.
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
  int64_t number_ ABSL_GUARDED_BY(mutex_) = 0;  // of the alarm: an earlier one that rings all the same is ignored
  std::unique_ptr<grpc::Alarm> alarm_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pinion

#endif  // PINION_TRANSPORT_DEBIAN_1_51_WAKEUP_H_
