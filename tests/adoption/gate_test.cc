#include "pinion/adoption/gate.h"

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "pinion/adoption/adoption_watch.h"
#include "pinion/testing/or_die.h"
#include "pinion/testing/test_ca.h"
#include "pinion/x509/pki/issue.h"

namespace pinion {
namespace {

constexpr absl::Duration kDrainWindow = absl::Seconds(30);
const PeerKey kOrders = {Side::kServer, "orders", true};
const std::string kFirst(32, 'a');
const std::string kSecond(32, 'b');

std::shared_ptr<const Identity> IdentityOf(const testing::IssuedCertificate& certificate) {
  return testing::OrDie(Identity::FromPem({certificate.CertificatePem(), certificate.PrivateKeyPem()}));
}

// A process with two keys, of which it presents the first.
class GateTest : public ::testing::Test {
 protected:
  GateTest() {
    options_.drain_window = kDrainWindow;
    options_.adoption.census_file = "census.json";
    snapshot_.identity = IdentityOf(old_);
    snapshot_.next_identity = IdentityOf(next_);
    snapshot_.pin_set = Pins("ACTIVE");
  }

  std::shared_ptr<const PinSet> Pins(absl::string_view state_of_old) {
    const std::string text =
        absl::StrCat(R"({"version": 1, "peers": [{"name": "pay", "hosts": ["pay.test"], "pins": [{"spki": ")",
                     old_.SpkiPin(), R"(", "state": ")", state_of_old, R"("}, {"spki": ")", next_.SpkiPin(),
                     R"(", "state": ")", state_of_old == "ACTIVE" ? "BACKUP" : "ACTIVE", R"("}, {"spki": ")",
                     ca_.Issue({"pay.test"}).SpkiPin(), R"(", "state": "BACKUP"}]}]})");
    return testing::OrDie(PinSet::FromJson(text, "pins.json", {}));
  }

  // A certificate that is valid from and to these times after now.
  testing::IssuedCertificate Valid(absl::Duration from, absl::Duration to) const {
    return ca_.Issue({"pay.test"}, [&](x509::CertificateRecipe& recipe) {
      recipe.not_before = now_ + from;
      recipe.not_after = now_ + to;
    });
  }

  Gate::Seen Seen() {
    position_ = PositionOf(std::make_shared<const Snapshot>(snapshot_), "p");
    return {position_.get(), &census_, now_, steady_};
  }
  void Join(const std::string& process, int64_t stream) {
    ASSERT_TRUE(census_.Joined({kOrders, process, stream}, now_));
  }
  void Answer(const std::string& process, v1::Reason reason, int64_t stream) {
    Seen();
    v1::Statement statement;
    v1::Answer* const answer = statement.add_answers();
    answer->set_candidate_sha256(absl::HexStringToBytes(position_->candidate));
    answer->set_reason(reason);
    census_.Heard({kOrders, process, stream}, statement, now_);
  }
  // What the gate says after `time`, and `status_`.
  Gate::Action After(absl::Duration time) {
    now_ += time;
    steady_ += time;
    const Gate::Seen seen = Seen();
    status_ = watch_.Look({position_.get(), {}, now_}, &census_);
    return gate_->Look(seen, &status_, &news_);
  }
  // As the process does when the gate opens.
  void SwitchNow() {
    gate_->Switch(Seen(), status_, ++streams_);
    snapshot_.identity = snapshot_.next_identity;
  }
  bool IsReported(absl::string_view part) const { return !news_.empty() && absl::StrContains(news_.back().text, part); }
  void Use(const WorkloadOptions& options) { gate_.emplace(options); }
  // One process accepts, and the gate opens.
  void Open() {
    Use(options_);
    Join(kFirst, ++streams_);
    Answer(kFirst, v1::ACCEPTED, streams_);
    After(absl::Seconds(10));
    After(absl::Seconds(10));
    ASSERT_EQ(After(2 * kDrainWindow), Gate::Action::kSwitch);
  }

  absl::Time now_ = absl::Now();
  testing::TestCa ca_;
  testing::IssuedCertificate old_ = ca_.Issue({"pay.test"});
  testing::IssuedCertificate next_ = ca_.Issue({"pay.test"});
  WorkloadOptions options_;
  Snapshot snapshot_;
  std::shared_ptr<const Position> position_;
  absl::Time steady_ = absl::FromUnixSeconds(1'000);
  Census census_{absl::Hours(24)};
  AdoptionWatch watch_{{}};
  std::optional<Gate> gate_;
  AdoptionStatus status_;
  std::vector<AdoptionEvent> news_;
  int64_t streams_ = 0;
};

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

TEST_F(GateTest, NamesThoseThatAcceptedAndDoNotComeBack) {
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

TEST_F(GateTest, ANewProcessOfThePeerStandsForOneThatAccepted) {
  Open();
  SwitchNow();
  Join(std::string(32, 'c'), ++streams_);
  After(Gate::kNoticing + 2 * kDrainWindow);
  EXPECT_TRUE(status_.peers.empty());
  EXPECT_TRUE(IsReported("is in use since"));
}

TEST_F(GateTest, ASwitchBeforeARestartIsStillFollowed) {
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

TEST_F(GateTest, TheKeyStaysInUseWhenIdentityHasItAndNextIdentityIsGone) {
  Open();
  SwitchNow();
  snapshot_.identity = IdentityOf(next_);
  snapshot_.next_identity = nullptr;
  EXPECT_EQ(After(absl::Seconds(1)), Gate::Action::kNone);
  EXPECT_EQ(status_.gate, AdoptionGate::kSwitched);
}

TEST_F(GateTest, ReportsThatTheKeyIsNoLongerInUse) {
  Open();
  SwitchNow();
  snapshot_.identity = IdentityOf(old_);
  snapshot_.next_identity = nullptr;
  EXPECT_EQ(After(absl::Seconds(1)), Gate::Action::kWentBack);
  EXPECT_FALSE(gate_->switched().has_value());
  EXPECT_TRUE(IsReported("is no longer in use"));
}

TEST_F(GateTest, TakesNoteOfASwitchAtTheStart) {
  Use(options_);
  snapshot_.identity = snapshot_.next_identity;
  EXPECT_EQ(After(absl::ZeroDuration()), Gate::Action::kSwitched);
  ASSERT_TRUE(gate_->switched().has_value());
  EXPECT_EQ(gate_->switched()->key(), next_.SpkiPin());
  EXPECT_EQ(After(absl::Seconds(1)), Gate::Action::kNone);
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
