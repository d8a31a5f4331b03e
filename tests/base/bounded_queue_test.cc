// How long PushAndWait waits for a queue with slow items.
#include "pinion/base/bounded_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace pinion {
namespace {

// Once, every item was waited for, so that a thousand connections were closed only as fast as their events were
// written.
TEST(BoundedQueueTest, ManySlowItemsAreWaitedForNoLongerThanOneThatHangs) {
  constexpr int kItems = 200;
  std::atomic<int> taken{0};
  BoundedQueue<int> queue(
      [&taken](int& /*item*/, int64_t /*lost*/) {
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
        ++taken;
        return true;
      },
      absl::Seconds(10));
  for (int i = 0; i < kItems; ++i) queue.PushAndWait(i, /*patience=*/absl::Milliseconds(20));
  EXPECT_LT(taken, kItems / 2);
}

TEST(BoundedQueueTest, AQuickItemIsTakenBeforePushAndWaitReturns) {
  int taken = 0;
  BoundedQueue<int> queue(
      [&taken](int& item, int64_t /*lost*/) {
        taken = item;
        return true;
      },
      absl::Seconds(10));
  for (int i = 1; i <= 100; ++i) {
    queue.PushAndWait(i, /*patience=*/absl::Seconds(10));
    ASSERT_EQ(taken, i);
  }
}

}  // namespace
}  // namespace pinion
