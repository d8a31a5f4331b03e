// When the gate opens.
#include "pinion/adoption/gate.h"

#include "tests/adoption/gate_fixture.h"

namespace pinion {
namespace {

TEST_F(GateTest, OpensWhenNoProcessHasBlockedForTwoDrainWindows) {
  Use(options_);
  Join(kFirst, 1);
  Answer(kFirst, v1::ACCEPTED, 1);
  After(absl::ZeroDuration());
  EXPECT_EQ(After(AdoptionWatch::kPatience), Gate::Action::kNone);
  EXPECT_EQ(status_.gate, AdoptionGate::kSettling);
  EXPECT_EQ(After(2 * kDrainWindow - absl::Seconds(1)), Gate::Action::kNone);
  EXPECT_EQ(After(absl::Seconds(1)), Gate::Action::kSwitch);
  EXPECT_FALSE(gate_->IsUrgent());
}

TEST_F(GateTest, WaitsAgainWhenAProcessHasBlockedInBetween) {
  Use(options_);
  Join(kFirst, 1);
  Join(kSecond, 2);
  Answer(kFirst, v1::ACCEPTED, 1);
  Answer(kSecond, v1::ACCEPTED, 2);
  After(absl::ZeroDuration());
  After(AdoptionWatch::kPatience);
  Answer(kSecond, v1::PIN_MISMATCH, 2);
  EXPECT_EQ(After(kDrainWindow), Gate::Action::kNone);
  EXPECT_EQ(status_.gate, AdoptionGate::kHeld);
  EXPECT_EQ(status_.blocking, 1);
  Answer(kSecond, v1::ACCEPTED, 2);
  EXPECT_EQ(After(2 * kDrainWindow), Gate::Action::kNone);
  EXPECT_EQ(After(2 * kDrainWindow), Gate::Action::kSwitch);
}

TEST_F(GateTest, StaysHeldWhenNoProcessWasAsked) {
  Use(options_);
  After(absl::ZeroDuration());
  EXPECT_EQ(After(absl::Hours(100)), Gate::Action::kNone);
  EXPECT_EQ(status_.gate, AdoptionGate::kHeld);
  EXPECT_EQ(status_.blocking, 0);
  EXPECT_NE(status_.held, "");
}

TEST_F(GateTest, AServerWaitsForAClientThatIsConnectedAndAccepts) {
  Use(options_);
  const StreamKey upstream = {{Side::kClient, "orders", true}, kFirst, 1};
  ASSERT_TRUE(census_.Joined(upstream, now_));
  Answer(kFirst, v1::ACCEPTED, 1);
  v1::Statement statement;
  v1::Answer* const answer = statement.add_answers();
  answer->set_candidate_sha256(DigestOf(position_->statement.candidates(0)));
  answer->set_reason(v1::ACCEPTED);
  census_.Heard(upstream, statement, now_);
  After(absl::ZeroDuration());
  EXPECT_EQ(After(absl::Minutes(10)), Gate::Action::kNone);
  EXPECT_EQ(status_.gate, AdoptionGate::kHeld);
  Join(kSecond, 2);
  Answer(kSecond, v1::ACCEPTED, 2);
  census_.Left({kOrders, kSecond, 2}, now_);
  After(absl::Minutes(10));
  EXPECT_EQ(After(absl::Minutes(10)), Gate::Action::kNone);
  Join(kSecond, 3);
  Answer(kSecond, v1::ACCEPTED, 3);
  EXPECT_EQ(After(absl::Seconds(1)), Gate::Action::kNone);
  EXPECT_EQ(After(2 * kDrainWindow), Gate::Action::kSwitch);
}

TEST_F(GateTest, AnotherCandidateIsWaitedForFromItsBeginning) {
  Open();
  next_ = ca_.Issue({"pay.test"});
  snapshot_.next_identity = IdentityOf(next_);
  snapshot_.pin_set = Pins("ACTIVE");
  EXPECT_EQ(After(absl::Seconds(1)), Gate::Action::kNone);
  Answer(kFirst, v1::ACCEPTED, 1);
  After(absl::ZeroDuration());
  EXPECT_EQ(After(AdoptionWatch::kPatience), Gate::Action::kNone);
  EXPECT_EQ(After(kDrainWindow), Gate::Action::kNone);
  EXPECT_EQ(After(kDrainWindow), Gate::Action::kSwitch);
}

TEST_F(GateTest, OpensNeverWhereItIsTheOperators) {
  options_.adoption.gate = v1::MANUAL;
  Use(options_);
  Join(kFirst, 1);
  Answer(kFirst, v1::ACCEPTED, 1);
  After(absl::ZeroDuration());
  After(AdoptionWatch::kPatience);
  EXPECT_EQ(After(absl::Hours(2)), Gate::Action::kNone);
  EXPECT_EQ(status_.gate, AdoptionGate::kManual);
}

TEST_F(GateTest, OpensAtOnceWhenTheKeyInUseIsRevoked) {
  Use(options_);
  Join(kFirst, 1);
  Answer(kFirst, v1::PIN_MISMATCH, 1);
  After(absl::ZeroDuration());
  EXPECT_EQ(After(absl::Seconds(1)), Gate::Action::kNone);
  snapshot_.pin_set = Pins("REVOKED");
  EXPECT_EQ(After(absl::Seconds(1)), Gate::Action::kSwitch);
  EXPECT_TRUE(gate_->IsUrgent());
  EXPECT_TRUE(absl::StrContains(gate_->SwitchText(status_), "REVOKED"));
  EXPECT_TRUE(absl::StrContains(gate_->SwitchText(status_), "orders x1 PIN_MISMATCH"));
}

TEST_F(GateTest, OpensAtOnceWhenTheCertificateInUseIsAboutToEnd) {
  old_ = Valid(absl::Hours(-23), absl::Minutes(80));
  next_ = Valid(absl::Hours(-23), absl::Hours(24));
  snapshot_.identity = IdentityOf(old_);
  snapshot_.next_identity = IdentityOf(next_);
  snapshot_.pin_set = Pins("ACTIVE");
  Use(options_);
  EXPECT_EQ(After(absl::ZeroDuration()), Gate::Action::kNone);
  EXPECT_EQ(After(absl::Minutes(10)), Gate::Action::kSwitch);
  EXPECT_TRUE(gate_->IsUrgent());
}

TEST_F(GateTest, ACertificateOfAYearIsAboutToEndOnItsLastDay) {
  old_ = Valid(-absl::Hours(24 * 363), absl::Hours(25));
  snapshot_.identity = IdentityOf(old_);
  Use(options_);
  EXPECT_EQ(After(absl::ZeroDuration()), Gate::Action::kNone);
  EXPECT_EQ(After(absl::Hours(2)), Gate::Action::kSwitch);
}

TEST_F(GateTest, ACertificateOfAnHourIsNotAboutToEndFromItsBeginning) {
  old_ = Valid(absl::Minutes(-1), absl::Minutes(59));
  snapshot_.identity = IdentityOf(old_);
  Use(options_);
  EXPECT_EQ(After(absl::ZeroDuration()), Gate::Action::kNone);
  EXPECT_EQ(After(absl::Minutes(45)), Gate::Action::kSwitch);
}

TEST_F(GateTest, DoesNotHurryForANextIdentityThatIsRevokedOrEndsEarlier) {
  old_ = Valid(absl::Hours(-23), absl::Minutes(30));
  next_ = Valid(absl::Hours(-23), absl::Minutes(20));
  snapshot_.identity = IdentityOf(old_);
  snapshot_.next_identity = IdentityOf(next_);
  Use(options_);
  EXPECT_EQ(After(absl::ZeroDuration()), Gate::Action::kNone);
  std::swap(old_, next_);  // now the next one is the REVOKED one, too
  snapshot_.pin_set = Pins("REVOKED");
  EXPECT_EQ(After(absl::ZeroDuration()), Gate::Action::kNone);
}

TEST_F(GateTest, TriesAgainLaterWhenTheIdentityCannotBePresented) {
  Open();
  gate_->Switch(Seen(), status_, 1);
  gate_->Hold("the disk is full", steady_);
  EXPECT_FALSE(gate_->switched().has_value());
  EXPECT_EQ(After(absl::Seconds(1)), Gate::Action::kNone);
  EXPECT_EQ(status_.gate, AdoptionGate::kHeld);
  EXPECT_EQ(status_.held, "the disk is full");
  EXPECT_EQ(After(Gate::kTryAgain), Gate::Action::kSwitch);
}

TEST_F(GateTest, ACertificateForTheSameKeyIsARenewal) {
  snapshot_.next_identity = IdentityOf(ca_.Issue({"pay.test"}, old_.key));
  Use(options_);
  Join(kFirst, 1);
  Answer(kFirst, v1::ACCEPTED, 1);
  After(absl::ZeroDuration());
  After(AdoptionWatch::kPatience);
  EXPECT_EQ(After(absl::Hours(1)), Gate::Action::kNone);
  EXPECT_EQ(status_.gate, AdoptionGate::kManual);
}

TEST_F(GateTest, AnExclusionEndsAndIsReportedDaily) {
  AdoptionWatch watch({{"orders", now_ + absl::Hours(30), "it is old"}});
  Join(kFirst, 1);
  Answer(kFirst, v1::PIN_MISMATCH, 1);
  const auto look = [&] {
    Seen();
    status_ = watch.Look({position_.get(), {}, now_}, &census_);
    news_.clear();
    watch.Note(status_, now_, &news_);
  };
  look();
  EXPECT_EQ(status_.blocking, 0);
  ASSERT_EQ(status_.peers.size(), 1);
  EXPECT_TRUE(status_.peers[0].is_excluded);
  EXPECT_TRUE(IsReported("it is old"));
  now_ += absl::Hours(23);
  look();
  EXPECT_FALSE(IsReported("it is old"));
  now_ += absl::Hours(1);
  look();
  EXPECT_TRUE(absl::StrContains(news_.front().text, "it is old"));
  now_ += absl::Hours(6);
  look();
  EXPECT_EQ(status_.blocking, 1);
  EXPECT_FALSE(status_.peers[0].is_excluded);
}

}  // namespace
}  // namespace pinion
