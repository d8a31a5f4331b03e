#include "pinion/base/rfc3339.h"

#include <string>

#include "gtest/gtest.h"

namespace pinion {
namespace {

absl::Time At(int64_t year) { return absl::FromCivil(absl::CivilSecond(year, 1, 2, 3, 4, 5), absl::UTCTimeZone()); }

// Found by fuzzing: years before 1000 were written without leading zeros, which no reader of RFC 3339 accepts. From a
// pin file with such a not_before, `pinion pins` would have made one that no process loads.
TEST(Rfc3339Test, WhatIsWrittenIsRead) {
  for (const int64_t year : {0, 1, 999, 1970, 2026, 9999}) {
    EXPECT_EQ(ParseRfc3339(FormatRfc3339(At(year))), At(year)) << year;
    EXPECT_EQ(ParseRfc3339(FormatRfc3339Micros(At(year))), At(year)) << year;
  }
  EXPECT_EQ(FormatRfc3339(At(1)), "0001-01-02T03:04:05Z");
  EXPECT_EQ(FormatRfc3339Micros(At(1)), "0001-01-02T03:04:05.000000Z");
}

// Found by fuzzing: absl's parser stops at a NUL, and the text after it was ignored.
TEST(Rfc3339Test, NothingFollowsATime) {
  const std::string time = "2026-12-01T00:00:00Z";
  EXPECT_TRUE(ParseRfc3339(time).has_value());
  for (const std::string& text : {time + '\0', time + '\0' + "x", time + " ", time + "x", '\0' + time}) {
    EXPECT_FALSE(ParseRfc3339(text).has_value()) << text.size();
  }
}

}  // namespace
}  // namespace pinion
