// How long whoever pushes waits for a line whose items take their time.
#include "pinion/base/bounded_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace pinion {
namespace {

// Every item was waited for, so that a thousand connections to cut were cut as slowly as somebody wrote of them.
TEST(BoundedQueueTest, ManySlowItemsAreWaitedForNoLongerThanOneThatHangs) {
  constexpr int kItems = 200;
  std::atomic<int> taken{0};
  BoundedQueue<int> line(
      [&taken](int& /*item*/, int64_t /*lost*/) {
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
        ++taken;
        return true;
      },
      absl::Seconds(10));
  for (int i = 0; i < kItems; ++i) line.PushAndWait(i, /*patience=*/absl::Milliseconds(20));
  EXPECT_LT(taken, kItems / 2);
}

TEST(BoundedQueueTest, AQuickItemIsTakenBeforeWhoeverPushesGoesOn) {
  int taken = 0;
  BoundedQueue<int> line(
      [&taken](int& item, int64_t /*lost*/) {
        taken = item;
        return true;
      },
      absl::Seconds(10));
  for (int i = 1; i <= 100; ++i) {
    line.PushAndWait(i, /*patience=*/absl::Seconds(10));
    ASSERT_EQ(taken, i);
  }
}

}  // namespace
}  // namespace pinion
