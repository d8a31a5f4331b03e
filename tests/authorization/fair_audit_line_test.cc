// The order in which audited calls are written: no caller displaces another's line, and repeats are counted.
#include "pinion/authorization/audit/fair_audit_line.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace pinion {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const absl::Time kNoon = absl::FromUnixSeconds(1780315200);

AuditItem Item(const std::string& caller, const std::string& rule, bool authorized,
               const std::string& method = "/s/m") {
  AuditItem item;
  item.event.principal = caller;
  item.event.rpc_method = method;
  item.event.decision = {"policy", rule, authorized};
  return item;
}
AuditItem Denied(const std::string& caller, const std::string& rule = "no", const std::string& method = "/s/m") {
  return Item(caller, rule, /*authorized=*/false, method);
}
AuditItem Allowed(const std::string& caller, const std::string& method = "/s/m") {
  return Item(caller, "yes", /*authorized=*/true, method);
}

// "CALLER RULE xCOUNT", followed by the number of dropped calls if there are any.
std::vector<std::string> Taken(FairAuditLine* line, absl::Time now) {
  std::vector<std::string> taken;
  while (const std::optional<AuditItem> item = line->Take(now)) {
    const AuditEvent& event = item->event;
    taken.push_back(absl::StrCat(event.principal, " ", event.decision.matched_rule, " x", event.count,
                                 event.dropped > 0 ? absl::StrCat(" dropped ", event.dropped) : ""));
  }
  return taken;
}

TEST(FairAuditLineTest, CallersTakeTurns) {
  FairAuditLine line;
  for (int i = 0; i < 3; ++i) line.Push(Allowed("a"), kNoon);
  line.Push(Allowed("b"), kNoon);
  line.Push(Denied("c"), kNoon);
  EXPECT_THAT(Taken(&line, kNoon), ElementsAre("a yes x1", "b yes x1", "c no x1", "a yes x1", "a yes x1"));
}

TEST(FairAuditLineTest, OneCallersFloodDropsItsOwnCallsAlone) {
  FairAuditLine line;
  for (size_t i = 0; i < 2 * FairAuditLine::kMaxWaiting; ++i) line.Push(Allowed("hostile"), kNoon);
  EXPECT_EQ(line.dropped(), FairAuditLine::kMaxWaiting);
  for (const char* caller : {"b", "c"}) {
    line.Push(Denied(caller), kNoon);
    line.Push(Denied(caller, "other"), kNoon);
  }
  EXPECT_EQ(line.dropped(), FairAuditLine::kMaxWaiting + 4);
  for (size_t i = 0; i < FairAuditLine::kMaxWaiting; ++i) line.Push(Allowed("hostile"), kNoon);
  std::vector<std::string> taken = Taken(&line, kNoon);
  EXPECT_EQ(taken.size(), FairAuditLine::kMaxWaiting);
  taken.resize(6);
  EXPECT_THAT(taken, ElementsAre(absl::StrCat("hostile yes x1 dropped ", 2 * FairAuditLine::kMaxWaiting + 4), "b no x1",
                                 "c no x1", "hostile yes x1", "b other x1", "c other x1"));
}

TEST(FairAuditLineTest, ACallerThatIsDeniedInManyWaysDropsItsOwnCallsAlone) {
  FairAuditLine line;
  line.Push(Denied("b"), kNoon);
  for (size_t i = 0; i < 3 * FairAuditLine::kMaxWaiting; ++i) line.Push(Denied("hostile", absl::StrCat(i)), kNoon);
  line.Push(Denied("c"), kNoon);
  line.Push(Denied("b", "other"), kNoon);
  std::vector<std::string> taken = Taken(&line, kNoon);
  taken.resize(4);
  EXPECT_EQ(taken[0], "b no x1");
  EXPECT_EQ(taken[2], "c no x1");
  EXPECT_EQ(taken[3], "b other x1");
}

TEST(FairAuditLineTest, AQueueFullOfOtherCallersDropsANewCaller) {
  FairAuditLine line;
  for (size_t i = 0; i < FairAuditLine::kMaxWaiting; ++i) line.Push(Allowed(absl::StrCat(i)), kNoon);
  line.Push(Allowed("late"), kNoon);
  EXPECT_EQ(line.dropped(), 1);
  EXPECT_EQ(Taken(&line, kNoon).size(), FairAuditLine::kMaxWaiting);
  line.Push(Allowed("late"), kNoon);
  EXPECT_THAT(Taken(&line, kNoon), ElementsAre("late yes x1 dropped 1"));
}

TEST(FairAuditLineTest, RepeatsOfADeniedCallAreOneLineASecondWithTheirNumber) {
  FairAuditLine line;
  for (int i = 0; i < 1000; ++i) line.Push(Denied("a", "no", absl::StrCat("/s/", i)), kNoon);
  EXPECT_THAT(Taken(&line, kNoon), ElementsAre("a no x1"));
  EXPECT_EQ(line.NextDue(), kNoon + absl::Seconds(1));
  EXPECT_THAT(Taken(&line, kNoon + absl::Milliseconds(999)), IsEmpty());
  EXPECT_THAT(Taken(&line, kNoon + absl::Seconds(1)), ElementsAre("a no x999"));
  line.Push(Denied("a"), kNoon + absl::Milliseconds(1500));
  EXPECT_THAT(Taken(&line, kNoon + absl::Milliseconds(1500)), IsEmpty());
  EXPECT_THAT(Taken(&line, kNoon + absl::Seconds(2)), ElementsAre("a no x1"));
  // After a second without calls, the next call is written at once.
  EXPECT_THAT(Taken(&line, kNoon + absl::Seconds(3)), IsEmpty());
  EXPECT_EQ(line.NextDue(), absl::InfiniteFuture());
  line.Push(Denied("a"), kNoon + absl::Seconds(4));
  EXPECT_THAT(Taken(&line, kNoon + absl::Seconds(4)), ElementsAre("a no x1"));
}

TEST(FairAuditLineTest, RepeatsKeepTheLatestCallsMethod) {
  FairAuditLine line;
  for (const char* method : {"/s/First", "/s/Second", "/s/Third"}) line.Push(Denied("a", "no", method), kNoon);
  EXPECT_EQ(line.Take(kNoon)->event.rpc_method, "/s/First");
  EXPECT_EQ(line.Take(kNoon + absl::Seconds(1))->event.rpc_method, "/s/Third");
}

TEST(FairAuditLineTest, OtherCallersRulesAndPoliciesAreNoRepeats) {
  FairAuditLine line;
  AuditItem other_policy = Denied("a");
  other_policy.event.decision.policy_name = "other";
  AuditItem with_shadow = Denied("a");
  with_shadow.event.shadow = AuditedDecision{"next", "all", true};
  line.Push(Denied("a"), kNoon);
  line.Push(Denied("b"), kNoon);
  line.Push(Denied("a", ""), kNoon);
  line.Push(other_policy, kNoon);
  line.Push(with_shadow, kNoon);
  EXPECT_EQ(Taken(&line, kNoon).size(), 5U);
}

TEST(FairAuditLineTest, EachAllowedCallHasALine) {
  FairAuditLine line;
  for (int i = 0; i < 3; ++i) line.Push(Allowed("a"), kNoon);
  EXPECT_THAT(Taken(&line, kNoon), ElementsAre("a yes x1", "a yes x1", "a yes x1"));
}

TEST(FairAuditLineTest, AtTheEndRepeatsAreTakenWithoutWaiting) {
  FairAuditLine line;
  for (int i = 0; i < 5; ++i) line.Push(Denied("a"), kNoon);
  EXPECT_THAT(Taken(&line, absl::InfiniteFuture()), ElementsAre("a no x1", "a no x4"));
  EXPECT_EQ(line.NextDue(), absl::InfiniteFuture());
}

}  // namespace
}  // namespace pinion
