// What is adopted at a reload, what is kept, and what is reported of it.
#include "absl/strings/str_replace.h"
#include "pinion/testing/matchers.h"
#include "tests/credentials/material_fixture.h"

namespace pinion {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::IsOk;
using testing::OrDie;
using ::testing::SizeIs;
using testing::StatusIs;

TEST_F(MaterialTest, AdoptsANewPinSetAndTellsOnce) {
  const auto material = Started();
  const auto before = material->Verifier();
  pin_set_->contents = {{Pins(2, "ACTIVE", "RETIRING")}};
  material->Reload();
  material->Reload();
  EXPECT_EQ(material->Status().pin_set_version, 2);
  EXPECT_EQ(material->Status().pin_set.generation, 2);
  EXPECT_NE(material->Verifier(), before);
  ASSERT_THAT(sink_->reloads, SizeIs(1));
  EXPECT_EQ(sink_->reloads[0].source, "pin_set");
  EXPECT_EQ(sink_->reloads[0].error, "");
}

TEST_F(MaterialTest, KeepsTheLastGoodPinSetAndTellsOfEachChangeOnce) {
  const auto material = Started();
  const auto before = material->Verifier();
  pin_set_->contents = {{"{"}};
  material->Reload();
  material->Reload();
  EXPECT_EQ(material->Verifier(), before);
  EXPECT_THAT(material->Status().pin_set.error,
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("pins.json:1:2")));
  pin_set_->contents = absl::NotFoundError("gone");
  material->Reload();
  pin_set_->contents = {{Pins(2, "ACTIVE", "BACKUP")}};
  material->Reload();
  EXPECT_THAT(material->Status().pin_set.error, IsOk());
  ASSERT_THAT(sink_->reloads, SizeIs(3));
  EXPECT_THAT(sink_->reloads[0].error, HasSubstr("pins.json:1:2: not JSON"));
  EXPECT_EQ(sink_->reloads[1].error, "gone");
  EXPECT_EQ(sink_->reloads[2].error, "");
  EXPECT_EQ(sink_->reloads[2].generation, 2);
}

TEST_F(MaterialTest, TellsWhenASourceIsMendedWithNothingNewInIt) {
  const auto material = Started();
  const auto good = pin_set_->contents;
  pin_set_->contents = absl::NotFoundError("gone");
  material->Reload();
  pin_set_->contents = good;
  material->Reload();
  ASSERT_THAT(sink_->reloads, SizeIs(2));
  EXPECT_EQ(sink_->reloads[1].error, "");
  EXPECT_EQ(sink_->reloads[1].generation, 1);
}

TEST_F(MaterialTest, DoesNotGoBackToAnOlderPinFile) {
  pin_set_->contents = {{Pins(7, "ACTIVE", "BACKUP")}};
  const auto material = Started();
  pin_set_->contents = {{Pins(6, "ACTIVE", "BACKUP")}};
  material->Reload();
  EXPECT_EQ(material->Status().pin_set.error.message(),
            "pins.json: version 6 is older than version 7, which is in force; raise the version with every change");
  pin_set_->contents = {{Pins(7, "ACTIVE", "RETIRING")}};
  material->Reload();
  EXPECT_EQ(material->Status().pin_set.error.message(),
            "pins.json: version 7 is in force already, with other contents; raise the version with every change");
  EXPECT_EQ(material->Status().pin_set_version, 7);
}

TEST_F(MaterialTest, TakesTheSameVersionWithOtherCommentsForTheSame) {
  const auto material = Started();
  pin_set_->contents = {{absl::StrCat("// reviewed\n", pin_set_->contents->at(0))}};
  material->Reload();
  EXPECT_THAT(material->Status().pin_set.error, IsOk());
  EXPECT_THAT(sink_->reloads, IsEmpty());
}

TEST_F(MaterialTest, MovesToTheBackupKey) {
  const auto material = Started();
  identity_->contents = Texts(second_);
  material->Reload();
  EXPECT_EQ(material->Status().identity.generation, 2);
  EXPECT_THAT(material->Status().identity.error, IsOk());
}

TEST_F(MaterialTest, KeepsTheOldPairUntilTheNewOneIsWhole) {
  const auto material = Started();
  identity_->contents = {{second_.CertificatePem(), first_.PrivateKeyPem()}};
  material->Reload();
  EXPECT_EQ(material->Status().identity.generation, 1);
  EXPECT_THAT(material->Status().identity.error.message(), HasSubstr("it is not the key of the first certificate in"));
  identity_->contents = Texts(second_);
  material->Reload();
  EXPECT_EQ(material->Status().identity.generation, 2);
  EXPECT_THAT(material->Status().identity.error, IsOk());
}

TEST_F(MaterialTest, RefusesAKeyThatItsOwnPinSetDoesNotList) {
  const auto material = Started();
  identity_->contents = Texts(unlisted_);
  material->Reload();
  EXPECT_EQ(material->Status().identity.generation, 1);
  EXPECT_THAT(material->Status().identity.error.message(),
              AllOf(HasSubstr("identity: PIN_MISMATCH: our own key"), HasSubstr(unlisted_.SpkiPin())));
}

TEST_F(MaterialTest, DoesNotStartWithAKeyThatItsOwnPinSetDoesNotList) {
  identity_->contents = Texts(unlisted_);
  EXPECT_THAT(Create(), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("PIN_MISMATCH: our own key")));
}

// What it revokes for others must not wait for our own new key.
TEST_F(MaterialTest, AdoptsAPinSetThatRevokesItsOwnKeyAndSaysSo) {
  const auto material = Started();
  pin_set_->contents = {{Pins(2, "REVOKED", "BACKUP")}};
  material->Reload();
  material->Reload();
  EXPECT_EQ(material->Status().pin_set_version, 2);
  EXPECT_THAT(material->Status().identity.error.message(), HasSubstr("PIN_REVOKED: our own key"));
  EXPECT_THAT(sink_->reloads, SizeIs(2));
}

TEST_F(MaterialTest, AdoptsAPinSetAfterItsOwnCertificateHasExpired) {
  const auto material = Started();
  now_ += absl::Hours(24 * 91);
  pin_set_->contents = {{Pins(2, "ACTIVE", "RETIRING")}};
  material->Reload();
  EXPECT_EQ(material->Status().pin_set_version, 2);
  EXPECT_THAT(material->Status().identity.error.message(), HasSubstr("CERTIFICATE_EXPIRED"));
}

TEST_F(MaterialTest, StartsWithAnUnlistedKeyWhileReportOnlyExcusesIt) {
  identity_->contents = Texts(unlisted_);
  pin_set_->contents = {{ReportingUntil(now_ + absl::Hours(1))}};
  OrDie(Create());
  EXPECT_THAT(sink_->reloads.at(0).warning, HasSubstr("which report-only still excuses"));
}

// A date far ahead would switch the peer's pins off for good.
TEST_F(MaterialTest, RefusesReportOnlyOfMoreThanThirtyDays) {
  const absl::Duration most = absl::Hours(24 * 30);
  pin_set_->contents = {{ReportingUntil(absl::FromUnixSeconds(253370764800))}};  // the year 9999
  EXPECT_THAT(Create(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                 AllOf(HasSubstr("pins.json: peer \"pay\": report_only_until 9999-"),
                                       HasSubstr("more than 30 days ahead"))));
  pin_set_->contents = {{ReportingUntil(now_ + most - absl::Seconds(1))}};
  const auto material = Started();
  pin_set_->contents = {
      {absl::StrReplaceAll(ReportingUntil(now_ + most + absl::Hours(1)), {{R"("version": 1)", R"("version": 2)"}})}};
  material->Reload();
  EXPECT_EQ(material->Status().pin_set_version, 1);
  EXPECT_THAT(material->Status().pin_set.error.message(), HasSubstr("more than 30 days ahead"));
}

TEST_F(MaterialTest, ASinkMayAskForTheStatus) {
  class AskingSink final : public EventSink {
   public:
    void OnHandshake(const HandshakeEvent&) override {}
    void OnReload(const ReloadEvent&) override {
      if (asked != nullptr) version = asked->Status().pin_set_version;
    }
    const Material* asked = nullptr;
    int64_t version = 0;
  };
  const auto sink = std::make_shared<AskingSink>();
  const auto material = OrDie(CreateFor(sink));
  sink->asked = material.get();
  pin_set_->contents = {{Pins(2, "ACTIVE", "BACKUP")}};
  material->Reload();
  EXPECT_EQ(sink->version, 2);
}

TEST_F(MaterialTest, TakesBothWhenOnlyBothFit) {
  const auto material = Started();
  pin_set_->contents = {{Pins(2, "REVOKED", "ACTIVE")}};
  identity_->contents = Texts(second_);
  material->Reload();
  EXPECT_EQ(material->Status().pin_set_version, 2);
  EXPECT_EQ(material->Status().identity.generation, 2);
}

TEST_F(MaterialTest, ABadIdentityDoesNotKeepAPinSetOut) {
  const auto material = Started();
  identity_->contents = absl::NotFoundError("gone");
  pin_set_->contents = {{Pins(2, "ACTIVE", "BACKUP")}};
  material->Reload();
  EXPECT_EQ(material->Status().pin_set_version, 2);
  EXPECT_EQ(material->Status().identity.error.message(), "gone");
  EXPECT_EQ(material->Status().identity.failing_since, now_);
}

TEST_F(MaterialTest, StartsWithARetiringKeyAndWarns) {
  pin_set_->contents = {{Pins(1, "RETIRING", "ACTIVE")}};
  OrDie(Create());
  ASSERT_THAT(sink_->reloads, SizeIs(4));
  EXPECT_THAT(sink_->reloads[0].warning, HasSubstr("is RETIRING; move to the ACTIVE one"));
}

TEST_F(MaterialTest, SaysThatItsOwnCertificateHasExpired) {
  const auto material = Started();
  now_ += absl::Hours(24 * 91);
  material->Reload();
  material->Reload();
  EXPECT_THAT(material->Status().identity.error.message(), HasSubstr("CERTIFICATE_EXPIRED"));
  EXPECT_THAT(sink_->reloads, SizeIs(1));
}

TEST_F(MaterialTest, WarnsBeforeOurCertificateEnds) {
  const auto material = Started();
  std::vector<int> warned;
  for (const int days_before : {31, 30, 20, 7, 6, 1, 0}) {
    now_ = material->Status().certificate_expires - absl::Hours(24 * days_before);
    material->Reload();
    for (const ExpiryEvent& event : sink_->expiries) warned.push_back(event.days_left);
    sink_->expiries.clear();
  }
  EXPECT_EQ(warned, (std::vector<int>{30, 7, 1, 0}));
}

}  // namespace
}  // namespace pinion
