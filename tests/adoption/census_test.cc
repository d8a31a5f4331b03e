#include "pinion/adoption/census.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "pinion/adoption/report.h"

namespace pinion {
namespace {

const PeerKey kOrders = {Side::kServer, "orders", true};
const std::string kFirst(32, 'a');
const std::string kSecond(32, 'b');

class CensusTest : public ::testing::Test {
 protected:
  static StreamKey Stream(const std::string& process, int64_t number = 0) { return {kOrders, process, number}; }
  void Answer(const std::string& process, v1::Reason reason, int64_t pin_set = 7, const std::string& about = kFirst,
              int64_t stream = 0) {
    v1::Statement statement;
    statement.set_process(process);
    statement.mutable_pin_set()->set_version(pin_set);
    v1::Answer* const answer = statement.add_answers();
    answer->set_candidate_sha256(about);
    answer->set_reason(reason);
    census_.Heard(Stream(process, stream), statement, now_);
  }
  void Join(const std::string& process, int64_t stream = 0) {
    EXPECT_TRUE(census_.Joined(Stream(process, stream), now_));
  }
  void Leave(const std::string& process, int64_t stream = 0) { census_.Left(Stream(process, stream), now_); }
  // These connections are live; an exchange uses those that begin with "x".
  void Count(const std::vector<std::string>& addresses) {
    std::vector<CountedConnection> connections;
    for (const std::string& address : addresses) connections.push_back({kOrders, address, address[0] == 'x'});
    census_.Counted(connections, now_);
  }
  // The same for long enough to be silent.
  void CountLong(const std::vector<std::string>& addresses) {
    Count(addresses);
    Pass(Census::kGrace);
    Count(addresses);
  }
  // Time passes, and a process that has left is not about to come back.
  void Settle() {
    Pass(absl::Seconds(10));
    census_.Counted({}, now_);
  }
  void Pass(absl::Duration time) { now_ += time; }
  static StreamKey Unlisted(int i) {
    return {{Side::kServer, absl::StrCat("spiffe://elsewhere/", i), false}, absl::StrCat(i), 0};
  }

  // The number of processes in this state.
  int64_t Number(AdoptionState state, const std::string& about = kFirst) { return NumberIn(census_, state, about); }
  int64_t NumberIn(const Census& census, AdoptionState state, const std::string& about = kFirst) {
    int64_t count = 0;
    for (const PeerAdoption& one : census.About(absl::BytesToHexString(about), now_)) {
      EXPECT_EQ(one.peer, "orders");
      count += one.state == state ? one.count : 0;
    }
    return count;
  }
  int64_t Blocking() {
    int64_t count = 0;
    for (const PeerAdoption& one : census_.About(absl::BytesToHexString(kFirst), now_)) {
      count += Blocks(one) ? one.count : 0;
    }
    return count;
  }

  absl::Time now_ = absl::FromUnixSeconds(1'800'000'000);
  Census census_{absl::Hours(24)};
};

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

TEST_F(CensusTest, ANewProcessTakesThePlaceOfTheOneThatLeftFirst) {
  for (const char* const process : {"a", "b"}) {
    Join(process);
    Answer(process, v1::PIN_MISMATCH);
  }
  Leave("b");
  Pass(absl::Seconds(1));
  Leave("a");
  Pass(absl::Hours(2));
  Join("c");
  Answer("c", v1::ACCEPTED);
  EXPECT_EQ(Number(AdoptionState::kGone), 1);
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
  Leave("b");
  Settle();
  EXPECT_EQ(Number(AdoptionState::kGone), 1);
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
  census_.Counted({{kOrders, "x1", false}}, now_);
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
