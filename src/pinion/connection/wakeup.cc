#include "pinion/connection/wakeup.h"

#include <utility>

namespace pinion {

std::shared_ptr<Wakeup> Wakeup::Create(std::function<void()> call) {
  return std::shared_ptr<Wakeup>(new Wakeup(std::move(call)));
}

void Wakeup::At(absl::Time when) {
  std::unique_ptr<grpc::Alarm> replaced;  // ends without the lock
  const std::lock_guard<std::mutex> lock(mutex_);
  if (stopped_ || when >= next_) return;
  next_ = when;
  replaced = std::exchange(alarm_, std::make_unique<grpc::Alarm>());
  alarm_->Set(absl::ToChronoTime(when), [self = weak_from_this(), number = ++number_](bool rang) {
    if (!rang) return;
    if (const std::shared_ptr<Wakeup> wakeup = self.lock(); wakeup != nullptr) wakeup->Ring(number);
  });
}

void Wakeup::Stop() {
  std::unique_ptr<grpc::Alarm> ended;
  const std::lock_guard<std::mutex> lock(mutex_);
  stopped_ = true;
  ended = std::move(alarm_);
}

void Wakeup::Ring(int64_t number) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (stopped_ || number != number_) return;
    next_ = absl::InfiniteFuture();
  }
  call_();
}

}  // namespace pinion
