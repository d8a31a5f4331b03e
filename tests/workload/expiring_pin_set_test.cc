// A pin set with an end: at a start, at a reload, in the status.
#include "pinion/testing/matchers.h"
#include "tests/workload/trust_state_fixture.h"

namespace pinion {
namespace {

using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

class ExpiringPinSetTest : public TrustStateTest {
 protected:
  void Publish(int version, absl::Time expires) {
    pin_set_->contents = {
        {absl::StrReplaceAll(Pins(version, "ACTIVE", "BACKUP"),
                             {{R"("peers")", absl::FormatTime(R"("expires": "%Y-%m-%dT%H:%M:%SZ", "peers")", expires,
                                                              absl::UTCTimeZone())}})}};
  }
  // In whole seconds, as files have them.
  absl::Time In(absl::Duration time) const { return absl::FromUnixSeconds(absl::ToUnixSeconds(now_ + time)); }
};

TEST_F(ExpiringPinSetTest, AProcessDoesNotStartWithAnExpiredOne) {
  Publish(1, In(-absl::Seconds(1)));
  EXPECT_THAT(Create().status(),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("pins.json: version 1 was valid only until")));
  Publish(1, In(absl::Hours(1)));
  EXPECT_THAT(Create().status(), IsOk());
}

TEST_F(ExpiringPinSetTest, TheStatusHasTheEndAndAWarningPrecedesIt) {
  const absl::Time end = In(absl::Hours(24 * 7));
  Publish(1, end);
  const auto trust_state = Create();
  ASSERT_THAT(trust_state.status(), IsOk());
  EXPECT_EQ((*trust_state)->Status().pin_set_expires, end);
  (*trust_state)->Reload();
  ASSERT_FALSE(sink_->expiries.empty());
  EXPECT_EQ(sink_->expiries.back().what, "the pin set, version 1");
  EXPECT_EQ(sink_->expiries.back().days_left, 7);
}

// What a newer pin set revokes must not wait, and the identity is not to blame for the end.
TEST_F(ExpiringPinSetTest, ARunningProcessAdoptsANewerOneThatHasExpired) {
  Publish(1, In(absl::Hours(1)));
  const auto trust_state = Create();
  ASSERT_THAT(trust_state.status(), IsOk());
  now_ += absl::Hours(2);
  (*trust_state)->Reload();
  EXPECT_THAT((*trust_state)->Status().identity.error, IsOk());
  Publish(2, In(-absl::Hours(1)));
  (*trust_state)->Reload();
  EXPECT_EQ((*trust_state)->Status().pin_set_version, 2);
  EXPECT_THAT((*trust_state)->Status().pin_set.error, IsOk());
  EXPECT_THAT((*trust_state)->Status().identity.error, IsOk());
  Publish(3, In(absl::Hours(1)));
  (*trust_state)->Reload();
  EXPECT_EQ((*trust_state)->Status().pin_set_expires, In(absl::Hours(1)));
}

// Only an edit that raises the version moves the end.
TEST_F(ExpiringPinSetTest, ALaterEndUnderTheSameVersionIsRefused) {
  Publish(1, In(absl::Hours(1)));
  const auto trust_state = Create();
  ASSERT_THAT(trust_state.status(), IsOk());
  Publish(1, In(absl::Hours(2)));
  (*trust_state)->Reload();
  EXPECT_THAT((*trust_state)->Status().pin_set.error,
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("already in effect")));
  EXPECT_EQ((*trust_state)->Status().pin_set_expires, In(absl::Hours(1)));
}

TEST_F(ExpiringPinSetTest, ABackupThatLacksAProofIsAWarningOnceAnotherHasOne) {
  const std::string plain = Pins(1, "ACTIVE", "BACKUP");
  pin_set_->contents = {{plain}};
  ASSERT_THAT(Create().status(), IsOk());
  for (const ReloadEvent& event : sink_->reloads) {
    if (event.source == "pin_set") {
      EXPECT_EQ(event.warning, "");
    }
  }
  const std::string end =
      absl::FormatTime(R"("BACKUP", "proven_on": "%Y-%m-%dT%H:%M:%SZ")", In(-absl::Hours(1)), absl::UTCTimeZone());
  std::string proven = plain;
  proven.replace(proven.find(R"("BACKUP")"), 8, end);
  pin_set_->contents = {{proven}};
  sink_->reloads.clear();
  ASSERT_THAT(Create().status(), IsOk());
  std::string warning;
  for (const ReloadEvent& event : sink_->reloads) {
    if (event.source == "pin_set") warning = event.warning;
  }
  EXPECT_THAT(warning, HasSubstr("1 BACKUP"));
}

}  // namespace
}  // namespace pinion
