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
  void Answer(const std::string& process, v1::Reason reason, int64_t pin_set = 7, const std::string& about = kFirst) {
    v1::Statement statement;
    statement.set_process(process);
    statement.mutable_pin_set()->set_version(pin_set);
    v1::Answer* const answer = statement.add_answers();
    answer->set_candidate_sha256(about);
    answer->set_reason(reason);
    census_.Heard(kOrders, statement, now_);
  }
  void Join(const std::string& process) { EXPECT_TRUE(census_.Joined(kOrders, process, now_)); }
  void Leave(const std::string& process) { census_.Left(kOrders, process, now_); }
  void Count(int64_t connections) { census_.Counted({{kOrders, connections}}, now_); }
  void Pass(absl::Duration time) { now_ += time; }

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
  census_.Heard(kOrders, statement, now_);
  EXPECT_EQ(Blocking(), 0);
  Pass(absl::Minutes(1));
  EXPECT_EQ(Number(AdoptionState::kBehind), 1);
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
  Join("a");
  Join("a");
  Answer("a", v1::PIN_MISMATCH);
  Leave("a");
  EXPECT_EQ(Number(AdoptionState::kBehind), 1);
  Leave("a");
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
  Pass(Census::kOverlap);
  Leave("a");
  EXPECT_EQ(Blocking(), 0);
}

TEST_F(CensusTest, OneThatStartedLongBeforeTakesNoPlaceAndNoProcessTakesTwo) {
  Join("a");
  Pass(absl::Hours(1));
  Join("b");
  Answer("b", v1::ACCEPTED);
  Pass(Census::kOverlap + absl::Seconds(1));
  Leave("a");
  EXPECT_EQ(Number(AdoptionState::kGone), 1);
  Join("c");  // takes the place of a
  Answer("c", v1::ACCEPTED);
  Leave("b");
  EXPECT_EQ(Number(AdoptionState::kGone), 0);  // b had accepted
  EXPECT_EQ(Number(AdoptionState::kAccepting), 2);
}

TEST_F(CensusTest, ConnectionsWithoutAnExchangeAreSilentAndBlockAfterTheyAreGone) {
  Count(2);
  EXPECT_EQ(Number(AdoptionState::kSilent), 2);
  Count(1);
  EXPECT_EQ(Number(AdoptionState::kSilent), 1);
  EXPECT_EQ(Number(AdoptionState::kGone), 1);
  Count(2);  // it has come back
  EXPECT_EQ(Number(AdoptionState::kSilent), 2);
  EXPECT_EQ(Number(AdoptionState::kGone), 0);
  Count(0);
  Pass(absl::Hours(24));
  EXPECT_EQ(Blocking(), 0);
}

TEST_F(CensusTest, AConnectionWhoseExchangeBeginsIsNoLongerSilent) {
  Count(1);
  Join("a");
  Answer("a", v1::ACCEPTED);
  Count(1);
  EXPECT_EQ(Blocking(), 0);
}

TEST_F(CensusTest, AProcessThatTakesPartTakesThePlaceOfASilentOne) {
  Count(1);
  Count(0);
  EXPECT_EQ(Number(AdoptionState::kGone), 1);
  Join("a");
  Answer("a", v1::ACCEPTED);
  Count(1);
  EXPECT_EQ(Blocking(), 0);
}

TEST_F(CensusTest, UnlistedProcessesShareABoundThatLeavesRoomForListedOnes) {
  for (size_t i = 0; i < Census::kMostUnlistedProcesses; ++i) {
    ASSERT_TRUE(census_.Joined({Side::kServer, absl::StrCat("spiffe://elsewhere/", i), false}, absl::StrCat(i), now_));
  }
  EXPECT_FALSE(census_.Joined({Side::kServer, "spiffe://elsewhere/one-more", false}, "x", now_));
  EXPECT_TRUE(census_.Joined(kOrders, "a", now_));
  Pass(absl::Hours(25));
  for (size_t i = 0; i < Census::kMostUnlistedProcesses; ++i) {
    census_.Left({Side::kServer, absl::StrCat("spiffe://elsewhere/", i), false}, absl::StrCat(i), now_);
  }
  Pass(absl::Hours(25));
  EXPECT_TRUE(census_.Joined({Side::kServer, "spiffe://elsewhere/one-more", false}, "x", now_));
}

TEST_F(CensusTest, ARestartForgetsNothing) {
  Join("a");
  Answer("a", v1::ACCEPTED);
  Join("b");
  Answer("b", v1::PIN_MISMATCH, 6);
  Join("c");
  Leave("c");
  Count(3);  // one of them without an exchange
  v1::CensusFile file;
  census_.WriteTo(&file);
  file.mutable_written()->set_seconds(absl::ToUnixSeconds(now_));
  Pass(absl::Minutes(1));
  Census after(absl::Hours(24));
  after.Add(file, /*is_live=*/false);
  EXPECT_EQ(NumberIn(after, AdoptionState::kAccepting), 1);
  EXPECT_EQ(NumberIn(after, AdoptionState::kGone), 3);
  EXPECT_TRUE(after.Joined(kOrders, "b", now_));
  EXPECT_EQ(NumberIn(after, AdoptionState::kBehind), 1);
}

TEST_F(CensusTest, AProcessThatTwoReplicasKnowCountsOnceWithItsLaterAnswer) {
  Join("a");
  Answer("a", v1::PIN_MISMATCH);
  v1::CensusFile first;
  census_.WriteTo(&first);
  Pass(absl::Minutes(1));
  Answer("a", v1::ACCEPTED);
  v1::CensusFile second;
  census_.WriteTo(&second);
  for (const bool first_is_first : {true, false}) {
    Census merged(absl::InfiniteDuration());
    merged.Add(first_is_first ? first : second, /*is_live=*/true);
    merged.Add(first_is_first ? second : first, /*is_live=*/true);
    EXPECT_EQ(NumberIn(merged, AdoptionState::kAccepting), 1);
    EXPECT_EQ(NumberIn(merged, AdoptionState::kBehind), 0);
  }
}

}  // namespace
}  // namespace pinion
