// What follows after the gate has opened.
#include "tests/adoption/gate_fixture.h"

namespace pinion {
namespace {

using SwitchedTest = GateTest;

TEST_F(SwitchedTest, NamesThoseThatAcceptedAndDoNotComeBack) {
  Join(kSecond, ++streams_);
  Answer(kSecond, v1::ACCEPTED, streams_);
  Open();
  SwitchNow();
  EXPECT_EQ(After(absl::Seconds(1)), Gate::Action::kNone);
  EXPECT_EQ(status_.gate, AdoptionGate::kSwitched);
  EXPECT_EQ(status_.candidate, next_.SpkiPin());
  EXPECT_TRUE(status_.peers.empty());
  Join(kFirst, ++streams_);
  After(Gate::kNoticing + 2 * kDrainWindow);
  ASSERT_EQ(status_.peers.size(), 1);
  EXPECT_EQ(status_.peers[0].state, AdoptionState::kMissing);
  EXPECT_EQ(status_.peers[0].peer, "orders");
  EXPECT_EQ(status_.peers[0].count, 1);
  EXPECT_TRUE(IsReported("have not come back: orders x1"));
  Join(kSecond, ++streams_);
  After(absl::Seconds(1));
  EXPECT_TRUE(status_.peers.empty());
}

TEST_F(SwitchedTest, ANewProcessOfThePeerStandsForOneThatAccepted) {
  Open();
  SwitchNow();
  Join(std::string(32, 'c'), ++streams_);
  After(Gate::kNoticing + 2 * kDrainWindow);
  EXPECT_TRUE(status_.peers.empty());
  EXPECT_TRUE(IsReported("is in use since"));
}

TEST_F(SwitchedTest, ASwitchBeforeARestartIsStillFollowed) {
  Open();
  SwitchNow();
  const v1::CensusFile::Switch switched = *gate_->switched();
  Use(options_);
  gate_->Restore(switched, steady_);
  EXPECT_EQ(After(2 * kDrainWindow), Gate::Action::kNone);
  EXPECT_EQ(status_.gate, AdoptionGate::kSwitched);
  EXPECT_LT(status_.accepted_at, absl::InfiniteFuture());
  ASSERT_TRUE(gate_->switched().has_value());
}

TEST_F(SwitchedTest, TheKeyStaysInUseWhenIdentityHasItAndNextIdentityIsGone) {
  Open();
  SwitchNow();
  snapshot_.identity = IdentityOf(next_);
  snapshot_.next_identity = nullptr;
  EXPECT_EQ(After(absl::Seconds(1)), Gate::Action::kNone);
  EXPECT_EQ(status_.gate, AdoptionGate::kSwitched);
}

TEST_F(SwitchedTest, FilesThatCannotBeReadAreNoReasonToForgetTheSwitch) {
  Open();
  SwitchNow();
  snapshot_.identity = IdentityOf(old_);  // after a restart
  snapshot_.next_identity = nullptr;
  snapshot_.next_identity_fails = true;
  EXPECT_EQ(After(absl::Seconds(1)), Gate::Action::kNone);
  EXPECT_TRUE(gate_->switched().has_value());
}

TEST_F(SwitchedTest, ReportsThatTheKeyIsNoLongerInUse) {
  Open();
  SwitchNow();
  snapshot_.identity = IdentityOf(old_);
  snapshot_.next_identity = nullptr;
  EXPECT_EQ(After(absl::Seconds(1)), Gate::Action::kWentBack);
  EXPECT_FALSE(gate_->switched().has_value());
  EXPECT_TRUE(IsReported("is no longer in use"));
}

TEST_F(SwitchedTest, TakesNoteOfASwitchAtTheStart) {
  Use(options_);
  snapshot_.identity = snapshot_.next_identity;
  EXPECT_EQ(After(absl::ZeroDuration()), Gate::Action::kSwitched);
  ASSERT_TRUE(gate_->switched().has_value());
  EXPECT_EQ(gate_->switched()->key(), next_.SpkiPin());
  EXPECT_EQ(After(absl::Seconds(1)), Gate::Action::kNone);
}

}  // namespace
}  // namespace pinion
