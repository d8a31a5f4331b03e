// What is left of a census after a restart, and what several of them say together.
#include <gtest/gtest.h>

#include "pinion/census/census.h"
#include "tests/census/census_fixture.h"

namespace pinion {
namespace {

TEST_F(CensusTest, ARestartForgetsNothing) {
  Join("a");
  Answer("a", v1::ACCEPTED);
  Join("b");
  Answer("b", v1::PIN_MISMATCH, 6);
  Join("c");
  Leave("c");
  CountLong({"x1", "x2", "3"});
  v1::CensusFile file;
  census_.WriteTo(absl::BytesToHexString(kFirst), &file);
  file.mutable_written()->set_seconds(absl::ToUnixSeconds(now_));
  Pass(absl::Minutes(1));
  Census after(absl::Hours(24));
  after.Add(file, /*is_live=*/false);
  EXPECT_EQ(NumberIn(after, AdoptionState::kAccepting), 1);
  EXPECT_EQ(NumberIn(after, AdoptionState::kGone), 3);
  EXPECT_TRUE(after.Joined(Stream("b"), now_));
  EXPECT_EQ(NumberIn(after, AdoptionState::kSilent), 1);  // until it is heard
}

// The server was started again while a client could not reach it.
TEST_F(CensusTest, AfterARestartOnlyANewProcessTakesThePlaceOfOneThatIsAway) {
  Join("a");
  Answer("a", v1::PIN_MISMATCH);
  Pass(absl::Minutes(1));
  Join("b");
  Answer("b", v1::ACCEPTED);
  CountLong({"x1", "2"});
  v1::CensusFile file;
  census_.WriteTo(absl::BytesToHexString(kFirst), &file);
  file.mutable_written()->set_seconds(absl::ToUnixSeconds(now_));
  Census after(absl::Hours(24));
  after.Add(file, /*is_live=*/false);
  EXPECT_TRUE(after.Joined(Stream("b", 1), now_));
  after.Counted({}, absl::BytesToHexString(kFirst), now_);
  Pass(absl::Minutes(9));
  after.Counted({}, absl::BytesToHexString(kFirst), now_);
  EXPECT_EQ(NumberIn(after, AdoptionState::kGone), 2);  // with the silent one
  after.Add(file, /*is_live=*/false);                   // the same file, read again
  EXPECT_EQ(NumberIn(after, AdoptionState::kGone), 2);
  // It may have died before the server did, and "b" may be its successor.
  Pass(Census::kSettlingAfterRestart - absl::Minutes(9));
  after.Counted({}, absl::BytesToHexString(kFirst), now_);
  EXPECT_EQ(NumberIn(after, AdoptionState::kGone), 1);
}

// Its successor was connected already when it left, and the server was started again before it was seen to stay away.
// It was waited for until its window had passed.
TEST_F(CensusTest, AfterARestartASuccessorTakesThePlaceOfOneThatHadLeftBefore) {
  Join("a");
  Answer("a", v1::PIN_MISMATCH);
  Pass(absl::Minutes(1));
  Join("b");
  Answer("b", v1::ACCEPTED);
  Leave("a");
  Pass(absl::Seconds(10));
  v1::CensusFile file;
  census_.WriteTo(absl::BytesToHexString(kFirst), &file);
  file.mutable_written()->set_seconds(absl::ToUnixSeconds(now_));
  Census after(absl::Hours(24));
  after.Add(file, /*is_live=*/false);
  Pass(absl::Minutes(5));  // until the server has started
  EXPECT_TRUE(after.Joined(Stream("b", 1), now_));
  const auto count = [&] { after.Counted({}, absl::BytesToHexString(kFirst), now_); };
  count();
  Pass(Census::kSettling - absl::Seconds(1));
  count();
  EXPECT_EQ(NumberIn(after, AdoptionState::kGone), 1);  // it may come back
  Pass(absl::Seconds(1));
  count();
  EXPECT_EQ(NumberIn(after, AdoptionState::kGone), 0);
}

TEST_F(CensusTest, AProcessThatTwoReplicasKnowCountsOnceAndAcceptsIfItDoesAtBoth) {
  Join("a");
  Answer("a", v1::HOST_MISMATCH);
  v1::CensusFile first;
  census_.WriteTo(absl::BytesToHexString(kFirst), &first);
  Pass(absl::Minutes(1));
  Answer("a", v1::ACCEPTED);
  v1::CensusFile second;
  census_.WriteTo(absl::BytesToHexString(kFirst), &second);
  for (const bool first_is_first : {true, false}) {
    for (const bool first_is_live : {true, false}) {
      Census merged(absl::InfiniteDuration());
      if (first_is_first) merged.Add(first, first_is_live);
      merged.Add(second, /*is_live=*/true);
      if (!first_is_first) merged.Add(first, first_is_live);
      EXPECT_EQ(NumberIn(merged, AdoptionState::kBehind), first_is_live ? 1 : 0);
      EXPECT_EQ(NumberIn(merged, AdoptionState::kAccepting), first_is_live ? 0 : 1);
    }
  }
}

}  // namespace
}  // namespace pinion
