// Files are checked although the clock is set back. The test sets this program's time of day.
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <ctime>

#include "absl/time/clock.h"
#include "pinion/testing/wait_until.h"
#include "tests/source/pushed_files.h"

namespace {
std::atomic<int64_t> hours_ahead{6};
}  // namespace

extern "C" int clock_gettime(clockid_t clock, timespec* time) noexcept {
  const auto failed = static_cast<int>(syscall(SYS_clock_gettime, clock, time));
  if (failed == 0 && clock == CLOCK_REALTIME) time->tv_sec += hours_ahead * 3600;
  return failed;
}

namespace pinion {
namespace {

// Once, where no event reports changes, no change on disk was noticed until the clock had caught up.
TEST(ClockSetBackTest, TheNextLookIsNoLaterForThat) {
  std::atomic<int> looked{0};
  const PushedFiles files({"/nowhere/at/all"}, absl::Milliseconds(20), [&] { ++looked; });
  ASSERT_TRUE(testing::WaitUntil([&] { return looked > 1; }));
  const absl::Time before = absl::Now();
  hours_ahead = 0;
  ASSERT_LT(absl::Now(), before);
  const int then = looked;
  EXPECT_TRUE(testing::WaitUntil([&] { return looked > then + 2; }));
}

}  // namespace
}  // namespace pinion
