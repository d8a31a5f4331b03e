#include "pinion/census/census.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/census/census_fixture.h"

namespace pinion {
namespace {

TEST_F(CensusTest, AProcessIsSilentUntilItAnswersThenAcceptingOrBehind) {
  Join("a");
  EXPECT_EQ(Number(AdoptionState::kSilent), 1);
  EXPECT_EQ(Blocking(), 1);
  Answer("a", v1::PIN_MISMATCH);
  EXPECT_EQ(Blocking(), 1);
  EXPECT_EQ(Number(AdoptionState::kBehind), 1);
  const std::vector<PeerAdoption> about = census_.About(absl::BytesToHexString(kFirst), now_);
  ASSERT_EQ(about.size(), 1);
  EXPECT_EQ(about[0].reason, v1::PIN_MISMATCH);
  EXPECT_EQ(about[0].pin_set_version, 7);
  Answer("a", v1::ACCEPTED, 8);
  EXPECT_EQ(Number(AdoptionState::kAccepting), 1);
  EXPECT_EQ(Blocking(), 0);
}

TEST_F(CensusTest, AnAnswerAboutAnotherCandidateIsNone) {
  Join("a");
  Answer("a", v1::ACCEPTED);
  EXPECT_EQ(Number(AdoptionState::kSilent, kSecond), 1);
  Leave("a");
  EXPECT_EQ(Number(AdoptionState::kGone, kSecond), 1);
  EXPECT_EQ(Number(AdoptionState::kAccepting), 1);
}

TEST_F(CensusTest, AnAnswerThatHoldsUntilATimeIsBehindFromThenOn) {
  Join("a");
  v1::Statement statement;
  statement.set_process("a");
  v1::Answer* const answer = statement.add_answers();
  answer->set_candidate_sha256(kFirst);
  answer->set_reason(v1::ACCEPTED);
  answer->mutable_accepted_until()->set_seconds(absl::ToUnixSeconds(now_) + 60);
  census_.Heard(Stream("a"), statement, now_);
  EXPECT_EQ(Blocking(), 0);
  Pass(absl::Minutes(1));
  EXPECT_EQ(Number(AdoptionState::kBehind), 1);
}

TEST_F(CensusTest, AStatementWithoutAnAnswerTakesTheLastOneBack) {
  Join("a");
  Answer("a", v1::ACCEPTED);
  v1::Statement statement;
  statement.set_process("a");
  census_.Heard(Stream("a"), statement, now_);
  EXPECT_EQ(Number(AdoptionState::kSilent), 1);
}

// It dials this server by two names, and the next certificate has only one of them.
TEST_F(CensusTest, AProcessAcceptsIfItDoesOnEachOfItsStreams) {
  Join("a", 1);
  Join("a", 2);
  Answer("a", v1::HOST_MISMATCH, 7, kFirst, 1);
  Answer("a", v1::ACCEPTED, 7, kFirst, 2);
  EXPECT_EQ(Number(AdoptionState::kBehind), 1);
  Leave("a", 1);
  EXPECT_EQ(Number(AdoptionState::kBehind), 1);
  Leave("a", 2);
  EXPECT_EQ(Number(AdoptionState::kGone), 1);
  Join("a", 3);  // it has connected again
  Answer("a", v1::ACCEPTED, 7, kFirst, 3);
  EXPECT_EQ(Number(AdoptionState::kAccepting), 1);
}

TEST_F(CensusTest, AProcessThatLeftBehindBlocksUntilTheWindowHasPassed) {
  Join("a");
  Answer("a", v1::PIN_MISMATCH);
  Leave("a");
  EXPECT_EQ(Number(AdoptionState::kGone), 1);
  Pass(absl::Hours(24) - absl::Seconds(1));
  EXPECT_EQ(Blocking(), 1);
  Pass(absl::Seconds(1));
  EXPECT_EQ(Blocking(), 0);
}

TEST_F(CensusTest, AProcessWithTwoConnectionsHasLeftWhenBothAreClosed) {
  Join("a", 1);
  Join("a", 2);
  Answer("a", v1::PIN_MISMATCH, 7, kFirst, 1);
  Answer("a", v1::PIN_MISMATCH, 7, kFirst, 2);
  Leave("a", 1);
  EXPECT_EQ(Number(AdoptionState::kBehind), 1);
  Leave("a", 2);
  EXPECT_EQ(Number(AdoptionState::kGone), 1);
}

// A laptop is shut for the weekend, and another client is restarted.
TEST_F(CensusTest, ANewProcessTakesThePlaceOfTheOneThatLeftLast) {
  Join("a");
  Answer("a", v1::PIN_MISMATCH);
  Join("b");
  Answer("b", v1::ACCEPTED);
  Leave("a");
  Pass(absl::Hours(2));
  Leave("b");
  Pass(absl::Seconds(1));
  Join("c");
  Answer("c", v1::ACCEPTED);
  EXPECT_EQ(Number(AdoptionState::kGone), 1);
  EXPECT_EQ(Blocking(), 1);
  Join("d");
  Answer("d", v1::PIN_MISMATCH);
  EXPECT_EQ(Number(AdoptionState::kGone), 0);
  EXPECT_EQ(Number(AdoptionState::kBehind), 1);
}

// A rolling update starts the new process first.
TEST_F(CensusTest, AProcessThatStartedShortlyBeforeTakesThePlaceToo) {
  Join("a");
  Answer("a", v1::PIN_MISMATCH);
  Pass(absl::Hours(1));
  Join("b");
  Answer("b", v1::ACCEPTED);
  Pass(Census::kOverlap - absl::Seconds(1));
  Leave("a");
  Settle();
  EXPECT_EQ(Blocking(), 0);
}

// Its channel opens another connection, and has none for a moment.
TEST_F(CensusTest, AProcessThatComesBackAtOnceIsNotANewOne) {
  Join("a");
  Answer("a", v1::ACCEPTED);
  Join("b");
  Answer("b", v1::PIN_MISMATCH);
  Pass(absl::Hours(1));
  Leave("a");
  Join("c");  // takes the place of a, which comes back
  Answer("c", v1::ACCEPTED);
  Join("a", 1);
  Answer("a", v1::ACCEPTED, 7, kFirst, 1);
  Pass(Census::kOverlap);  // so that c does not follow b
  Leave("b");
  Settle();
  EXPECT_EQ(Number(AdoptionState::kGone), 1);
}

// After a restart, a server has not seen its clients yet, and does not know which of them a new one follows.
TEST_F(CensusTest, OneThatTookThePlaceOfAProcessThatComesBackTakesAnother) {
  for (const char* const process : {"a", "b", "c"}) {
    Join(process);
    Answer(process, v1::PIN_MISMATCH);
  }
  for (const char* const process : {"a", "b", "c"}) Leave(process);
  Join("new");  // b has ended, and this is its successor
  Answer("new", v1::ACCEPTED);
  for (const char* const process : {"a", "c"}) {
    Join(process, 1);
    Answer(process, v1::ACCEPTED, 7, kFirst, 1);
  }
  Settle();
  EXPECT_EQ(Number(AdoptionState::kAccepting), 3);
  EXPECT_EQ(Number(AdoptionState::kGone), 0);
}

TEST_F(CensusTest, OneThatTookThePlaceOfAProcessThatComesBackTakesNoneOfThoseThatLeftLater) {
  for (const char* const process : {"a", "b"}) {
    Join(process);
    Answer(process, v1::PIN_MISMATCH);
  }
  Leave("a");
  Join("new");
  Answer("new", v1::ACCEPTED);
  Pass(absl::Minutes(1));
  Leave("b");
  Join("a", 1);
  Answer("a", v1::ACCEPTED, 7, kFirst, 1);
  Settle();
  EXPECT_EQ(Number(AdoptionState::kGone), 1);
}

TEST_F(CensusTest, OneThatIsAwayForAMomentKeepsItsPlace) {
  Join("a");
  Answer("a", v1::PIN_MISMATCH);
  Pass(absl::Minutes(5));
  Join("b");
  Answer("b", v1::ACCEPTED);
  Leave("a");
  Pass(Census::kSettling - absl::Seconds(1));
  census_.Counted({}, absl::BytesToHexString(kFirst), now_);
  EXPECT_EQ(Blocking(), 1);
}

TEST_F(CensusTest, AnUnlistedProcessTakesNoPlaceOfAnotherOne) {
  const std::vector<CountedConnection> silent = {{{Side::kServer, "", false}, "1", false}};
  census_.Counted(silent, absl::BytesToHexString(kFirst), now_);
  Pass(Census::kGrace);
  census_.Counted(silent, absl::BytesToHexString(kFirst), now_);
  census_.Counted({}, absl::BytesToHexString(kFirst), now_);
  EXPECT_TRUE(census_.Joined(Unlisted(1), now_));
  census_.Counted({}, absl::BytesToHexString(kFirst), now_);
  int64_t blocking = 0;
  for (const PeerAdoption& one : census_.About("", now_)) {
    blocking += one.state == AdoptionState::kGone && one.peer.empty() ? one.count : 0;
  }
  EXPECT_EQ(blocking, 1);
}

TEST_F(CensusTest, OneThatStartedLongBeforeTakesNoPlaceAndNoProcessTakesTwo) {
  Join("a");
  Pass(absl::Hours(1));
  Join("b");
  Answer("b", v1::ACCEPTED);
  Pass(Census::kOverlap);
  Leave("a");
  Settle();
  EXPECT_EQ(Number(AdoptionState::kGone), 1);
  Join("c");  // takes the place of a
  Answer("c", v1::ACCEPTED);
  Leave("b");
  Settle();
  EXPECT_EQ(Number(AdoptionState::kGone), 0);  // b had accepted
  EXPECT_EQ(Number(AdoptionState::kAccepting), 2);
}

TEST_F(CensusTest, ConnectionsWithoutAnExchangeAreSilentAndBlockAfterTheyAreGone) {
  Count({"1", "2"});
  EXPECT_EQ(Blocking(), 0);  // an exchange may begin
  CountLong({"1", "2"});
  EXPECT_EQ(Number(AdoptionState::kSilent), 2);
  Count({"1"});
  EXPECT_EQ(Number(AdoptionState::kSilent), 1);
  EXPECT_EQ(Number(AdoptionState::kGone), 1);
  CountLong({"1", "3"});  // it has come back
  EXPECT_EQ(Number(AdoptionState::kSilent), 2);
  EXPECT_EQ(Number(AdoptionState::kGone), 0);
  Count({});
  EXPECT_EQ(Number(AdoptionState::kGone), 2);
  Pass(absl::Hours(24));
  EXPECT_EQ(Blocking(), 0);
}

// A channel that drains has ended its exchange, but not its connection.
TEST_F(CensusTest, AConnectionThatHadAnExchangeIsNotSilent) {
  Join("a");
  Answer("a", v1::ACCEPTED);
  Count({"x1"});
  Pass(absl::Minutes(1));
  census_.Counted({{kOrders, "x1", false}}, absl::BytesToHexString(kFirst), now_);
  EXPECT_EQ(Blocking(), 0);
}

TEST_F(CensusTest, OnlyANewProcessTakesThePlaceOfASilentOne) {
  Join("a");
  Answer("a", v1::ACCEPTED);
  CountLong({"x1", "2"});
  Count({"x1"});
  EXPECT_EQ(Number(AdoptionState::kGone), 1);
  Leave("a");
  Join("a", 1);
  Answer("a", v1::ACCEPTED, 7, kFirst, 1);
  Count({"x3"});
  EXPECT_EQ(Number(AdoptionState::kGone), 1);
  Join("b");
  Answer("b", v1::ACCEPTED);
  Count({"x3", "x4"});
  EXPECT_EQ(Blocking(), 0);
}

TEST_F(CensusTest, UnlistedProcessesShareABoundThatLeavesRoomForListedOnes) {
  for (int i = 0; i < static_cast<int>(Census::kMostUnlistedProcesses); ++i) {
    ASSERT_TRUE(census_.Joined(Unlisted(i), now_));
  }
  EXPECT_FALSE(census_.Joined(Unlisted(-1), now_));
  EXPECT_TRUE(census_.Joined(Stream("a"), now_));
  Pass(absl::Hours(25));
  for (int i = 0; i < static_cast<int>(Census::kMostUnlistedProcesses); ++i) {
    census_.Left(Unlisted(i), now_);
  }
  Pass(absl::Hours(25));
  EXPECT_TRUE(census_.Joined(Unlisted(-1), now_));
}

// Otherwise its processes would make those of all other peers count as silent.
TEST_F(CensusTest, APeerHasABoundThatLeavesRoomForOthers) {
  for (size_t i = 0; i < Census::kMostProcessesOfPeer; ++i) Join(absl::StrCat(i));
  EXPECT_FALSE(census_.Joined(Stream("one more"), now_));
  EXPECT_TRUE(census_.Joined({{Side::kServer, "batch", true}, "a", 0}, now_));
}

}  // namespace
}  // namespace pinion
