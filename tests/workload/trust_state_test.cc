// What is adopted at a reload, what is kept, and what is reported of it.
#include "absl/strings/str_replace.h"
#include "pinion/testing/matchers.h"
#include "tests/workload/trust_state_fixture.h"

namespace pinion {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::IsOk;
using testing::OrDie;
using ::testing::SizeIs;
using testing::StatusIs;

TEST_F(TrustStateTest, AdoptsANewPinSetAndReportsItOnce) {
  const auto trust_state = Started();
  const auto before = trust_state->snapshot()->client_verifier;
  pin_set_->contents = {{Pins(2, "ACTIVE", "RETIRING")}};
  trust_state->Reload();
  trust_state->Reload();
  EXPECT_EQ(trust_state->Status().pin_set_version, 2);
  EXPECT_EQ(trust_state->Status().pin_set.generation, 2);
  EXPECT_NE(trust_state->snapshot()->client_verifier, before);
  ASSERT_THAT(sink_->reloads, SizeIs(1));
  EXPECT_EQ(sink_->reloads[0].source, "pin_set");
  EXPECT_EQ(sink_->reloads[0].error, "");
}

TEST_F(TrustStateTest, ReloadsWhenASourcePushesUntilItIsDestroyed) {
  auto trust_state = Started();
  EXPECT_EQ(pin_set_->listener, nullptr);
  trust_state->Watch();
  pin_set_->contents = {{Pins(2, "ACTIVE", "RETIRING")}};
  pin_set_->listener->OnMaybeChanged();
  EXPECT_EQ(trust_state->Status().pin_set_version, 2);
  policy_->contents = {{Policy("second")}};
  policy_->listener->OnMaybeChanged();
  EXPECT_EQ(trust_state->snapshot()->policy->name(), "second");
  trust_state.reset();
  for (const auto& source : {identity_, client_roots_, pin_set_, policy_}) EXPECT_EQ(source->listener, nullptr);
}

// Which version of a file a process uses could not be told from its status.
TEST_F(TrustStateTest, StatusNamesTheOriginAndTheRevisionInEffect) {
  pin_set_->provenance = "etcd /pins/pay";
  pin_set_->revision = "41";
  const auto trust_state = Started();
  EXPECT_EQ(trust_state->Status().pin_set.provenance, "etcd /pins/pay");
  EXPECT_EQ(trust_state->Status().pin_set.revision, "41");
  pin_set_->contents = {{"{"}};
  pin_set_->revision = "42";
  trust_state->Reload();
  EXPECT_EQ(trust_state->Status().pin_set.revision, "41");
  pin_set_->contents = {{Pins(2, "ACTIVE", "RETIRING")}};
  pin_set_->revision = "43";
  trust_state->Reload();
  EXPECT_EQ(trust_state->Status().pin_set.revision, "43");
  pin_set_->revision = "44";  // the same texts, written again
  trust_state->Reload();
  EXPECT_EQ(trust_state->Status().pin_set.revision, "44");
  EXPECT_EQ(trust_state->Status().pin_set.generation, 2);
}

TEST_F(TrustStateTest, AnIdentityThatIsHeldBackDoesNotChangeTheRevision) {
  identity_->revision = "1";
  const auto trust_state = Started();
  identity_->contents = Texts(unlisted_);
  identity_->revision = "2";
  trust_state->Reload();
  EXPECT_FALSE(trust_state->Status().identity.error.ok());
  EXPECT_EQ(trust_state->Status().identity.revision, "1");
}

TEST_F(TrustStateTest, KeepsTheLastGoodPinSetAndReportsEachChangeOnce) {
  const auto trust_state = Started();
  const auto before = trust_state->snapshot()->client_verifier;
  pin_set_->contents = {{"{"}};
  trust_state->Reload();
  trust_state->Reload();
  EXPECT_EQ(trust_state->snapshot()->client_verifier, before);
  EXPECT_THAT(trust_state->Status().pin_set.error,
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("pins.json:1:2")));
  pin_set_->contents = absl::NotFoundError("gone");
  trust_state->Reload();
  pin_set_->contents = {{Pins(2, "ACTIVE", "BACKUP")}};
  trust_state->Reload();
  EXPECT_THAT(trust_state->Status().pin_set.error, IsOk());
  ASSERT_THAT(sink_->reloads, SizeIs(3));
  EXPECT_THAT(sink_->reloads[0].error, HasSubstr("pins.json:1:2: not JSON"));
  EXPECT_EQ(sink_->reloads[1].error, "gone");
  EXPECT_EQ(sink_->reloads[2].error, "");
  EXPECT_EQ(sink_->reloads[2].generation, 2);
}

TEST_F(TrustStateTest, ReportsThatASourceIsRestoredWithoutChanges) {
  const auto trust_state = Started();
  const auto good = pin_set_->contents;
  pin_set_->contents = absl::NotFoundError("gone");
  trust_state->Reload();
  pin_set_->contents = good;
  trust_state->Reload();
  ASSERT_THAT(sink_->reloads, SizeIs(2));
  EXPECT_EQ(sink_->reloads[1].error, "");
  EXPECT_EQ(sink_->reloads[1].generation, 1);
}

TEST_F(TrustStateTest, DoesNotGoBackToAnOlderPinFile) {
  pin_set_->contents = {{Pins(7, "ACTIVE", "BACKUP")}};
  const auto trust_state = Started();
  pin_set_->contents = {{Pins(6, "ACTIVE", "BACKUP")}};
  trust_state->Reload();
  EXPECT_EQ(trust_state->Status().pin_set.error.message(),
            "pins.json: version 6 is older than version 7, which is in effect; raise the version with every change");
  pin_set_->contents = {{Pins(7, "ACTIVE", "RETIRING")}};
  trust_state->Reload();
  EXPECT_EQ(trust_state->Status().pin_set.error.message(),
            "pins.json: version 7 is already in effect with different contents; raise the version with every change");
  EXPECT_EQ(trust_state->Status().pin_set_version, 7);
}

TEST_F(TrustStateTest, TakesTheSameVersionWithOtherCommentsForTheSame) {
  const auto trust_state = Started();
  pin_set_->contents = {{absl::StrCat("// reviewed\n", pin_set_->contents->at(0))}};
  trust_state->Reload();
  EXPECT_THAT(trust_state->Status().pin_set.error, IsOk());
  EXPECT_THAT(sink_->reloads, IsEmpty());
}

TEST_F(TrustStateTest, MovesToTheBackupKey) {
  const auto trust_state = Started();
  identity_->contents = Texts(second_);
  trust_state->Reload();
  EXPECT_EQ(trust_state->Status().identity.generation, 2);
  EXPECT_THAT(trust_state->Status().identity.error, IsOk());
}

TEST_F(TrustStateTest, KeepsTheOldPairUntilTheNewOneIsWhole) {
  const auto trust_state = Started();
  identity_->contents = {{second_.CertificatePem(), first_.PrivateKeyPem()}};
  trust_state->Reload();
  EXPECT_EQ(trust_state->Status().identity.generation, 1);
  EXPECT_THAT(trust_state->Status().identity.error.message(),
              HasSubstr("it is not the key of the first certificate in"));
  identity_->contents = Texts(second_);
  trust_state->Reload();
  EXPECT_EQ(trust_state->Status().identity.generation, 2);
  EXPECT_THAT(trust_state->Status().identity.error, IsOk());
}

TEST_F(TrustStateTest, RefusesAKeyThatItsOwnPinSetDoesNotList) {
  const auto trust_state = Started();
  identity_->contents = Texts(unlisted_);
  trust_state->Reload();
  EXPECT_EQ(trust_state->Status().identity.generation, 1);
  EXPECT_THAT(trust_state->Status().identity.error.message(),
              AllOf(HasSubstr("identity: PIN_MISMATCH: our own key"), HasSubstr(unlisted_.SpkiPin())));
}

TEST_F(TrustStateTest, DoesNotStartWithAKeyThatItsOwnPinSetDoesNotList) {
  identity_->contents = Texts(unlisted_);
  EXPECT_THAT(Create(), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("PIN_MISMATCH: our own key")));
}

// The revocations of other keys must not wait for our own new key.
TEST_F(TrustStateTest, AdoptsAPinSetThatRevokesItsOwnKeyAndReportsIt) {
  const auto trust_state = Started();
  pin_set_->contents = {{Pins(2, "REVOKED", "BACKUP")}};
  trust_state->Reload();
  trust_state->Reload();
  EXPECT_EQ(trust_state->Status().pin_set_version, 2);
  EXPECT_THAT(trust_state->Status().identity.error.message(), HasSubstr("PIN_REVOKED: our own key"));
  EXPECT_THAT(sink_->reloads, SizeIs(2));
}

TEST_F(TrustStateTest, AdoptsAPinSetAfterItsOwnCertificateHasExpired) {
  const auto trust_state = Started();
  now_ += absl::Hours(24 * 91);
  pin_set_->contents = {{Pins(2, "ACTIVE", "RETIRING")}};
  trust_state->Reload();
  EXPECT_EQ(trust_state->Status().pin_set_version, 2);
  EXPECT_THAT(trust_state->Status().identity.error.message(), HasSubstr("CERTIFICATE_EXPIRED"));
}

TEST_F(TrustStateTest, StartsWithAnUnlistedKeyWhileReportOnlyExcusesIt) {
  identity_->contents = Texts(unlisted_);
  pin_set_->contents = {{ReportingUntil(now_ + absl::Hours(1))}};
  OrDie(Create());
  EXPECT_THAT(sink_->reloads.at(0).warning, HasSubstr("but report-only still accepts"));
}

// A date far ahead would disable the peer's pins permanently.
TEST_F(TrustStateTest, RefusesReportOnlyOfMoreThanThirtyDays) {
  const absl::Duration most = absl::Hours(24 * 30);
  pin_set_->contents = {{ReportingUntil(absl::FromUnixSeconds(253370764800))}};  // the year 9999
  EXPECT_THAT(Create(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                 AllOf(HasSubstr("pins.json: peer \"pay\": report_only_until 9999-"),
                                       HasSubstr("more than 30 days ahead"))));
  pin_set_->contents = {{ReportingUntil(now_ + most - absl::Seconds(1))}};
  const auto trust_state = Started();
  pin_set_->contents = {
      {absl::StrReplaceAll(ReportingUntil(now_ + most + absl::Hours(1)), {{R"("version": 1)", R"("version": 2)"}})}};
  trust_state->Reload();
  EXPECT_EQ(trust_state->Status().pin_set_version, 1);
  EXPECT_THAT(trust_state->Status().pin_set.error.message(), HasSubstr("more than 30 days ahead"));
}

TEST_F(TrustStateTest, ASinkMayAskForTheStatus) {
  class AskingSink final : public EventSink {
   public:
    void OnHandshake(const HandshakeEvent&) override {}
    void OnReload(const ReloadEvent&) override {
      if (asked != nullptr) version = asked->Status().pin_set_version;
    }
    const TrustState* asked = nullptr;
    int64_t version = 0;
  };
  const auto sink = std::make_shared<AskingSink>();
  const auto trust_state = OrDie(CreateFor(sink));
  sink->asked = trust_state.get();
  pin_set_->contents = {{Pins(2, "ACTIVE", "BACKUP")}};
  trust_state->Reload();
  EXPECT_EQ(sink->version, 2);
}

TEST_F(TrustStateTest, TakesBothWhenOnlyBothFit) {
  const auto trust_state = Started();
  pin_set_->contents = {{Pins(2, "REVOKED", "ACTIVE")}};
  identity_->contents = Texts(second_);
  trust_state->Reload();
  EXPECT_EQ(trust_state->Status().pin_set_version, 2);
  EXPECT_EQ(trust_state->Status().identity.generation, 2);
}

TEST_F(TrustStateTest, ABadIdentityDoesNotKeepAPinSetOut) {
  const auto trust_state = Started();
  identity_->contents = absl::NotFoundError("gone");
  pin_set_->contents = {{Pins(2, "ACTIVE", "BACKUP")}};
  trust_state->Reload();
  EXPECT_EQ(trust_state->Status().pin_set_version, 2);
  EXPECT_EQ(trust_state->Status().identity.error.message(), "gone");
  EXPECT_EQ(trust_state->Status().identity.failing_since, now_);
}

TEST_F(TrustStateTest, StartsWithARetiringKeyAndWarns) {
  pin_set_->contents = {{Pins(1, "RETIRING", "ACTIVE")}};
  OrDie(Create());
  ASSERT_THAT(sink_->reloads, SizeIs(4));
  EXPECT_THAT(sink_->reloads[0].warning, HasSubstr("is RETIRING; move to the ACTIVE one"));
}

TEST_F(TrustStateTest, ReportsThatItsOwnCertificateHasExpired) {
  const auto trust_state = Started();
  now_ += absl::Hours(24 * 91);
  trust_state->Reload();
  trust_state->Reload();
  EXPECT_THAT(trust_state->Status().identity.error.message(), HasSubstr("CERTIFICATE_EXPIRED"));
  EXPECT_THAT(sink_->reloads, SizeIs(1));
}

TEST_F(TrustStateTest, WarnsBeforeOurCertificateEnds) {
  const auto trust_state = Started();
  std::vector<int> warned;
  for (const int days_before : {31, 30, 20, 7, 6, 1, 0}) {
    now_ = trust_state->Status().certificate_expires - absl::Hours(24 * days_before);
    trust_state->Reload();
    for (const ExpiryEvent& event : sink_->expiries) warned.push_back(event.days_left);
    sink_->expiries.clear();
  }
  EXPECT_EQ(warned, (std::vector<int>{30, 7, 1, 0}));
}

}  // namespace
}  // namespace pinion
