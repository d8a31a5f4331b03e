#include "pinion/transport/wakeup.h"

#include <gtest/gtest.h>

#include <atomic>

#include "absl/synchronization/notification.h"
#include "pinion/base/steady_clock.h"

namespace pinion {
namespace {

TEST(WakeupTest, CallsAtTheEarliestOfTheTimes) {
  absl::Notification called;
  const absl::Time begin = SteadyNow();
  const auto wakeup = Wakeup::Create([&] { called.Notify(); });  // a second call would abort
  wakeup->At(begin + absl::Hours(1));
  wakeup->At(begin + absl::Milliseconds(20));
  wakeup->At(begin + absl::Hours(2));
  called.WaitForNotification();
  EXPECT_GE(SteadyNow(), begin + absl::Milliseconds(20));
}

TEST(WakeupTest, CallsAgainWhenAskedAgain) {
  std::atomic<int> calls{0};
  absl::Notification twice;
  std::shared_ptr<Wakeup> wakeup;
  wakeup = Wakeup::Create([&] {
    if (++calls == 2) return twice.Notify();
    wakeup->At(SteadyNow());
  });
  wakeup->At(SteadyNow());
  twice.WaitForNotification();
  EXPECT_EQ(calls, 2);
}

TEST(WakeupTest, CallsNoMoreOnceStopped) {
  std::atomic<int> calls{0};
  const auto stopped = Wakeup::Create([&] { ++calls; });
  stopped->At(SteadyNow() + absl::Milliseconds(50));
  stopped->Stop();
  stopped->At(SteadyNow());
  absl::Notification later;
  const auto other = Wakeup::Create([&] { later.Notify(); });
  other->At(SteadyNow() + absl::Milliseconds(100));
  later.WaitForNotification();
  EXPECT_EQ(calls, 0);
}

TEST(WakeupTest, MayEndBeforeItCalls) {
  const auto ends = [] {
    const auto wakeup = Wakeup::Create([] { FAIL() << "called after its end"; });
    wakeup->At(SteadyNow() + absl::Milliseconds(10));
  };
  ends();
  absl::Notification later;
  const auto other = Wakeup::Create([&] { later.Notify(); });
  other->At(SteadyNow() + absl::Milliseconds(50));
  later.WaitForNotification();
}

}  // namespace
}  // namespace pinion
