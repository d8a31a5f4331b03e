#include "pinion/server/refusal_reports.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace pinion {
namespace {

RefusedConnection From(const std::string& address) { return {RefusedConnection::Why::kNotTls, address, "nothing"}; }

// The event for several refusals once had the time at which it was sent, seconds after the last refusal.
TEST(RefusalReportsTest, CountsWhatFollowsTheFirst) {
  absl::Time clock = absl::UnixEpoch();
  RefusalReports reports([&clock] { return clock; });
  absl::Time now = absl::UnixEpoch();
  for (int i = 1; i <= 5; ++i) {
    clock += absl::Seconds(1);
    reports.Add(From(absl::StrCat("10.0.0.1:", i)), now);
  }
  clock += absl::Seconds(1);
  std::vector<HandshakeEvent> events = reports.Take(now);
  ASSERT_EQ(events.size(), 1);
  EXPECT_EQ(events[0].address, "10.0.0.1:1");
  EXPECT_EQ(events[0].count, 1);
  EXPECT_EQ(events[0].time, absl::UnixEpoch() + absl::Seconds(1));
  EXPECT_EQ(reports.due(), now + RefusalReports::kInterval);
  now = reports.due();
  events = reports.Take(now);
  ASSERT_EQ(events.size(), 1);
  EXPECT_EQ(events[0].address, "10.0.0.1:5");
  EXPECT_EQ(events[0].count, 4);
  EXPECT_EQ(events[0].time, absl::UnixEpoch() + absl::Seconds(5));
  now = reports.due();
  EXPECT_TRUE(reports.Take(now).empty());
  reports.Add(From("10.0.0.1:6"), now);
  EXPECT_EQ(reports.Take(now).size(), 1);  // a quiet interval makes the next one the first again
}

// One host's alerts once took all places, and the refusals of other hosts were counted for a third host.
TEST(RefusalReportsTest, OneHostsAlertsDoNotHideOtherHosts) {
  RefusalReports reports([] { return absl::UnixEpoch(); });
  const absl::Time now = absl::UnixEpoch();
  for (int i = 0; i < 1000; ++i) {
    RefusedConnection refused{RefusedConnection::Why::kFailed, absl::StrCat("10.0.0.1:", i), "", "10.0.0.1"};
    refused.failure.emplace();
    refused.failure->alert = absl::StrCat("alert ", i);
    reports.Add(refused, now);
  }
  EXPECT_LE(reports.Take(now).size(), static_cast<size_t>(RefusalReports::kMaxFailuresOfAHost) + 1);
  for (int i = 2; i < 10; ++i) reports.Add(From(absl::StrCat("10.0.0.", i, ":1")), now);
  const std::vector<HandshakeEvent> others = reports.Take(now);
  ASSERT_EQ(others.size(), 8);
  for (int i = 2; i < 10; ++i) EXPECT_EQ(others[i - 2].address, absl::StrCat("10.0.0.", i, ":1"));
}

TEST(RefusalReportsTest, ManyHostsCannotFloodTheSink) {
  RefusalReports reports([] { return absl::UnixEpoch(); });
  const absl::Time now = absl::UnixEpoch();
  for (int i = 0; i < 100'000; ++i) reports.Add(From(absl::StrCat("10.0.", i / 256, ".", i % 256, ":1")), now);
  EXPECT_LE(reports.Take(now).size(), RefusalReports::kMaxHosts + 1);
  const std::vector<HandshakeEvent> later = reports.Take(now + RefusalReports::kInterval);
  ASSERT_EQ(later.size(), 1);
  EXPECT_EQ(later[0].count, 100'000 - static_cast<int>(RefusalReports::kMaxHosts) - 1);
}

}  // namespace
}  // namespace pinion
