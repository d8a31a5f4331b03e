#include "pinion/testing/clock.h"

#include <gtest/gtest.h>

namespace pinion::testing {
namespace {

bool IsAbout(absl::Time time, absl::Time expected) { return absl::AbsDuration(time - expected) < absl::Minutes(1); }

TEST(ClockTest, IsRealUntilItIsMoved) {
  Clock clock;
  EXPECT_TRUE(IsAbout(clock.Now(), absl::Now()));
  clock.Advance(absl::Hours(5));
  clock.Advance(-absl::Hours(2));
  EXPECT_TRUE(IsAbout(clock.Now(), absl::Now() + absl::Hours(3)));
  const absl::Time summer = absl::FromUnixSeconds(1'780'000'000);
  clock.Set(summer);
  EXPECT_TRUE(IsAbout(clock.Now(), summer));
}

TEST(ClockTest, GoesOnFromWhereItWasSet) {
  Clock clock;
  clock.Set(absl::UnixEpoch());
  const absl::Time first = clock.Now();
  EXPECT_GE(first, absl::UnixEpoch());
  EXPECT_GE(clock.Now(), first);
}

TEST(ClockTest, CopiesAreTheSameClockAndOutliveIt) {
  std::function<absl::Time()> now;
  Clock copy;
  {
    Clock clock = copy;
    now = clock.AsFunction();
    clock.Set(absl::UnixEpoch());
  }
  EXPECT_TRUE(IsAbout(now(), absl::UnixEpoch()));
  copy.Advance(absl::Hours(1));
  EXPECT_TRUE(IsAbout(now(), absl::UnixEpoch() + absl::Hours(1)));
}

}  // namespace
}  // namespace pinion::testing
