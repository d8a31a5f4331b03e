#include "pinion/pin/pin.h"

#include <string>

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace pinion {
namespace {

constexpr char kZero[] = "sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
const absl::Time kTime = absl::FromCivil(absl::CivilSecond(2026, 12, 1, 0, 0, 0), absl::UTCTimeZone());

TEST(PinTest, TextNamesTheKindWhereItIsNotSpki) {
  EXPECT_EQ(ToString(Pin{}), kZero);
  EXPECT_EQ(ToString(Pin{PinKind::kCertificate, {}}), std::string("certificate ") + kZero);
  EXPECT_EQ(ToString(Pin{PinKind::kIssuerSpki, {}}), std::string("issuer_spki ") + kZero);
}

TEST(PinTest, APeersPinShowsItsStateAndTimes) {
  PeerPin pin;
  pin.state = v1::ACTIVE;
  EXPECT_EQ(ToString(pin), std::string(kZero) + " (ACTIVE)");
  pin.not_before = kTime;
  EXPECT_EQ(ToString(pin), std::string(kZero) + " (ACTIVE, from 2026-12-01T00:00:00Z)");
  pin.not_after = kTime + absl::Hours(1);
  EXPECT_EQ(ToString(pin), std::string(kZero) + " (ACTIVE, from 2026-12-01T00:00:00Z, until 2026-12-01T01:00:00Z)");
}

TEST(PinTest, TimesKeepTheirMillisecondsAndTheirOrder) {
  const absl::Time times[] = {absl::InfinitePast(),
                              absl::FromUnixSeconds(-62'135'596'800),  // the year 1
                              absl::UnixEpoch() - absl::Milliseconds(1),
                              absl::UnixEpoch(),
                              kTime,
                              kTime + absl::Milliseconds(1),
                              absl::FromUnixSeconds(253'402'300'799),  // the end of the year 9999
                              absl::InfiniteFuture()};
  for (const absl::Time time : times) EXPECT_EQ(absl::Time(PinTime(time)), time);
  EXPECT_EQ(absl::Time(PinTime(kTime + absl::Nanoseconds(1'999'999))), kTime + absl::Milliseconds(1));
}

TEST(PinTest, PinsAreEqualInKindAndDigest) {
  EXPECT_TRUE(Pin{} == Pin{});
  EXPECT_FALSE(Pin{} == (Pin{PinKind::kCertificate, {}}));
  EXPECT_FALSE(Pin{} == (Pin{PinKind::kSpki, {1}}));
}

}  // namespace
}  // namespace pinion
