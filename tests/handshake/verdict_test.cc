#include "pinion/handshake/verdict.h"

#include "gtest/gtest.h"

namespace pinion {
namespace {

TEST(VerdictTest, ADefaultVerdictRefuses) {
  const Verdict verdict;
  EXPECT_FALSE(verdict.accepted());
  EXPECT_EQ(verdict.ToString(), "REASON_UNSPECIFIED");
  EXPECT_EQ(verdict.holds_until, absl::InfinitePast());
}

TEST(VerdictTest, TextIsOneLineOfThePartsThatAreThere) {
  Verdict verdict;
  verdict.reason = v1::ACCEPTED;
  EXPECT_TRUE(verdict.accepted());
  EXPECT_EQ(verdict.ToString(), "ACCEPTED");
  verdict.reason = v1::PIN_MISMATCH;
  verdict.problem = "wrong key";
  EXPECT_EQ(verdict.ToString(), "PIN_MISMATCH: wrong key");
  verdict.next_step = "look again";
  EXPECT_EQ(verdict.ToString(), "PIN_MISMATCH: wrong key; look again");
  verdict.presented = "this";
  verdict.expected = "that";
  EXPECT_EQ(verdict.ToString(), "PIN_MISMATCH: wrong key; presented this; expected that; look again");
  verdict.problem.clear();
  EXPECT_EQ(verdict.ToString(), "PIN_MISMATCH: presented this; expected that; look again");
}

TEST(VerdictTest, AnExcusedVerdictIsAcceptedAndShowsItsReason) {
  Verdict verdict;
  verdict.reason = v1::ACCEPTED;
  verdict.report_only_reason = v1::PIN_EXPIRED;
  verdict.problem = "too late";
  EXPECT_TRUE(verdict.accepted());
  EXPECT_EQ(verdict.ToString(), "ACCEPTED (report-only, else PIN_EXPIRED): too late");
}

}  // namespace
}  // namespace pinion
