// A workload adopts only pin sets that the publishers of its fleet have signed.
#include <filesystem>

#include "pinion/testing/matchers.h"
#include "tests/pin/fleet_keys.h"
#include "tests/workload/trust_state_fixture.h"

namespace pinion {
namespace {

using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

constexpr absl::StatusCode kRefused = absl::StatusCode::kUnauthenticated;

class SignedPinSetTest : public TrustStateTest {
 protected:
  SignedPinSetTest() {
    is_signed_ = true;
    trust_.root = {Key()};
    trust_.publisher = {Key()};
    Publish(pins_, trust_.publisher);
  }

  static x509::PrivateKey Key() { return testing::OrDie(x509::PrivateKey::GenerateEd25519()); }

  // What the source holds: a pin set and trust_, signed by these keys. The trust is signed by trust_.root and `roots`.
  void Publish(const std::string& pins, const Keys& publishers, const Keys& roots = {}) {
    Keys all = trust_.root;
    all.insert(all.end(), roots.begin(), roots.end());
    const std::string text = trust_.Text();
    const auto trust = testing::OrDie(FleetTrust::FromJson(text, "trust.json"));
    pin_set_->contents = {{pins, SignedBy(publishers, trust->SignedBytesOf(pins)).ToJson(), text,
                           SignedBy(all, trust->SignedBytes()).ToJson()}};
  }

  TrustFile trust_;
  const std::string pins_ = Pins(1, "ACTIVE", "BACKUP");
  const std::string revocation_ = Pins(2, "ACTIVE", "REVOKED");
};

TEST_F(SignedPinSetTest, AForgedPinSetIsRefusedAndASignedOneIsAdopted) {
  const auto trust_state = Started();
  ASSERT_TRUE(trust_state->Status().fleet.has_value());
  EXPECT_EQ(trust_state->Status().fleet->fleet, "prod");
  Publish(revocation_, {Key()});
  trust_state->Reload();
  EXPECT_EQ(trust_state->Status().pin_set_version, 1);
  EXPECT_THAT(trust_state->Status().pin_set.error,
              StatusIs(kRefused, HasSubstr("pins.json: has 0 of the 1 signatures")));
  ASSERT_EQ(sink_->reloads.size(), 1);
  EXPECT_EQ(sink_->reloads.front().source, "pin_set");
  Publish(revocation_, trust_.publisher);
  trust_state->Reload();
  EXPECT_EQ(trust_state->Status().pin_set_version, 2);
  EXPECT_THAT(trust_state->Status().pin_set.error, IsOk());
}

TEST_F(SignedPinSetTest, AProcessDoesNotStartWithoutSignatures) {
  Publish(pins_, {});
  EXPECT_THAT(Create().status(), StatusIs(kRefused, HasSubstr("pins.json: has 0 of the 1")));
  Publish(pins_, trust_.publisher);
  pin_set_->contents->at(3) = FileSignatures().ToJson();
  EXPECT_THAT(Create().status(), StatusIs(kRefused, HasSubstr("trust.json: has 0 of the 1")));
  Publish(pins_, trust_.publisher);
  pin_set_->contents->at(1) = "{";
  EXPECT_THAT(Create().status(), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("pins.json.sig:1")));
  Publish(pins_, trust_.publisher);
  EXPECT_THAT(Create().status(), IsOk());
}

// Whoever can write the files can write a trust file of his own.
TEST_F(SignedPinSetTest, ATrustFileThatItsPredecessorHasNotSignedIsRefused) {
  const auto trust_state = Started();
  const TrustFile good = trust_;
  trust_.version = 2;
  trust_.root = {Key()};
  trust_.publisher = {Key()};
  Publish(revocation_, trust_.publisher);
  trust_state->Reload();
  EXPECT_EQ(trust_state->Status().pin_set_version, 1);
  EXPECT_THAT(trust_state->Status().pin_set.error,
              StatusIs(kRefused, HasSubstr("trust.json: has 0 of the 1 signatures that its predecessor")));
  Publish(revocation_, trust_.publisher, good.root);
  trust_state->Reload();
  EXPECT_EQ(trust_state->Status().pin_set_version, 2);
  EXPECT_EQ(trust_state->Status().fleet->trust_version, 2);
  // Its predecessor does not come back.
  trust_ = good;
  Publish(Pins(3, "ACTIVE", "BACKUP"), trust_.publisher);
  trust_state->Reload();
  EXPECT_EQ(trust_state->Status().pin_set_version, 2);
  EXPECT_THAT(trust_state->Status().pin_set.error, StatusIs(kRefused, HasSubstr("which was adopted before")));
}

// A stolen publisher key is taken out of the trust file; the pin set stays the same.
TEST_F(SignedPinSetTest, ThePinSetInEffectIsSignedAgainUnderALaterTrust) {
  const auto trust_state = Started();
  const Keys stolen = trust_.publisher;
  trust_.version = 2;
  trust_.publisher = {Key()};
  Publish(pins_, stolen);
  trust_state->Reload();
  EXPECT_EQ(trust_state->Status().fleet->trust_version, 1);
  EXPECT_THAT(trust_state->Status().pin_set.error, StatusIs(kRefused, HasSubstr("pins.json: has 0 of the 1")));
  Publish(pins_, trust_.publisher);
  trust_state->Reload();
  EXPECT_EQ(trust_state->Status().fleet->trust_version, 2);
  EXPECT_EQ(trust_state->Status().pin_set_version, 1);
  Publish(revocation_, stolen);
  trust_state->Reload();
  EXPECT_EQ(trust_state->Status().pin_set_version, 1);
}

TEST_F(SignedPinSetTest, ALaterEpochBringsVersionsDown) {
  Publish(Pins(9, "ACTIVE", "BACKUP"), trust_.publisher);
  const auto trust_state = Started();
  trust_.version = 2;
  Publish(revocation_, trust_.publisher);
  trust_state->Reload();
  EXPECT_EQ(trust_state->Status().pin_set_version, 9);
  trust_.epoch = 2;
  Publish(revocation_, trust_.publisher);
  trust_state->Reload();
  EXPECT_EQ(trust_state->Status().pin_set_version, 2);
  EXPECT_EQ(trust_state->Status().fleet->epoch, 2);
}

// A restart must not open what a running process has closed.
TEST_F(SignedPinSetTest, TheTrustIsRememberedAcrossRestarts) {
  state_dir_ = ::testing::TempDir() + "/" + ::testing::UnitTest::GetInstance()->current_test_info()->name();
  std::filesystem::create_directory(state_dir_);
  ASSERT_THAT(Create().status(), IsOk());
  const TrustFile first = trust_;
  trust_.version = 2;
  trust_.root = {Key()};
  trust_.publisher = {Key()};
  Publish(revocation_, trust_.publisher);
  EXPECT_THAT(Create().status(), StatusIs(kRefused, HasSubstr("predecessor")));
  Publish(revocation_, trust_.publisher, first.root);
  ASSERT_THAT(Create().status(), IsOk());
  trust_ = first;
  Publish(Pins(3, "ACTIVE", "BACKUP"), trust_.publisher);
  EXPECT_THAT(Create().status(), StatusIs(kRefused, HasSubstr("which was adopted before")));
  is_signed_ = false;
  EXPECT_THAT(Create().status(), StatusIs(kRefused, HasSubstr("is not signed")));
}

TEST_F(SignedPinSetTest, AnUnsignedPinSetSaysSo) {
  is_signed_ = false;
  EXPECT_FALSE(Started()->Status().fleet.has_value());
}

// A key is refused before the publishers have signed a pin set that says so.
TEST_F(SignedPinSetTest, RevocationsTakeEffectByTheRevokersAlone) {
  trust_.revoker = {Key()};
  has_revocations_ = true;
  const auto publish = [this](int version, const std::string& keys, const Keys& revokers) {
    Publish(pins_, trust_.publisher);
    const std::string text = absl::StrCat(R"({"version": )", version, R"(, "revoked": [)", keys, "]}");
    const auto trust = testing::OrDie(FleetTrust::FromJson(trust_.Text(), "trust.json"));
    pin_set_->contents->push_back(text);
    pin_set_->contents->push_back(SignedBy(revokers, trust->SignedBytesOfRevocations(text)).ToJson());
  };
  const std::string second = absl::StrCat("\"", second_.SpkiPin(), "\"");
  publish(1, "", trust_.revoker);
  const auto trust_state = Started();
  EXPECT_EQ(trust_state->Status().fleet->revocations_version, 1);
  publish(2, second, trust_.publisher);
  trust_state->Reload();
  EXPECT_EQ(trust_state->Status().fleet->revocations_version, 1);
  EXPECT_THAT(trust_state->Status().pin_set.error, StatusIs(kRefused, HasSubstr("revocations.json: has 0 of the 1")));
  publish(2, second, trust_.revoker);
  trust_state->Reload();
  EXPECT_EQ(trust_state->Status().fleet->revocations_version, 2);
  EXPECT_EQ(trust_state->Status().pin_set_version, 1);
  EXPECT_EQ(trust_state->snapshot()->pin_set->peers().front().pins[1].state, v1::REVOKED);
  publish(1, "", trust_.revoker);
  trust_state->Reload();
  EXPECT_THAT(trust_state->Status().pin_set.error,
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("revocations.json: version 1 is older than version 2")));
  EXPECT_EQ(trust_state->snapshot()->pin_set->peers().front().pins[1].state, v1::REVOKED);
}

TEST_F(SignedPinSetTest, APeerThatRevocationsWouldLockOutIsNamed) {
  trust_.revoker = {Key()};
  has_revocations_ = true;
  Publish(pins_, trust_.publisher);
  const auto set = testing::OrDie(PinSet::FromJson(pins_, "pins.json"));
  std::string keys;
  // The key that is served comes last, and stays.
  const absl::Span<const PeerPin> pins = set->peers().front().pins;
  for (auto pin = pins.rbegin(); pin != pins.rend(); ++pin) {
    absl::StrAppend(&keys, keys.empty() ? "" : ", ", "\"", ToString(pin->pin), "\"");
  }
  const std::string text = absl::StrCat(R"({"version": 1, "revoked": [)", keys, "]}");
  const auto trust = testing::OrDie(FleetTrust::FromJson(trust_.Text(), "trust.json"));
  pin_set_->contents->push_back(text);
  pin_set_->contents->push_back(SignedBy(trust_.revoker, trust->SignedBytesOfRevocations(text)).ToJson());
  ASSERT_THAT(Create().status(), IsOk());
  std::string warning;
  for (const ReloadEvent& event : sink_->reloads) {
    if (event.source == "pin_set") warning = event.warning;
  }
  EXPECT_THAT(warning, HasSubstr("list a key of pay that stays accepted"));
}

}  // namespace
}  // namespace pinion
