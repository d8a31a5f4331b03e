// The floor of signed pin sets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "pinion/base/file.h"
#include "pinion/pin/pin_set_floor.h"
#include "pinion/testing/matchers.h"
#include "tests/pin/fleet_keys.h"

namespace pinion {
namespace {

using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

constexpr absl::StatusCode kTooOld = absl::StatusCode::kFailedPrecondition;
constexpr absl::StatusCode kNotTrusted = absl::StatusCode::kUnauthenticated;

class SignedFloorTest : public ::testing::Test {
 protected:
  SignedFloorTest() {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directory(folder_);
  }

  static x509::PrivateKey Key() { return testing::OrDie(x509::PrivateKey::GenerateEd25519()); }

  // The trust of version `version`, signed by all roots so far.
  std::shared_ptr<const FleetTrust> Trust(int64_t version, int64_t epoch = 1, const std::string& fleet = "prod") const {
    TrustFile file;
    file.fleet = fleet;
    file.version = version;
    file.epoch = epoch;
    file.root = {root_};
    file.publisher = {publisher_};
    return TrustSignedBy({root_}, file);
  }

  static std::shared_ptr<const PinSet> Set(int64_t version, std::shared_ptr<const FleetTrust> trust,
                                           const std::string& peer = "pay",
                                           std::shared_ptr<const Revocations> revocations = nullptr) {
    const std::string a(42, 'A');
    const std::string b(42, 'B');
    return testing::OrDie(PinSet::FromJson(
        absl::StrCat(R"({"version": )", version, R"(, "peers": [{"name": ")", peer,
                     R"(", "hosts": ["pay.test"], "pins": [{"spki": "sha256/)", a,
                     R"(A=", "state": "ACTIVE"}, {"spki": "sha256/)", b, R"(A=", "state": "BACKUP"}]}]})"),
        "pins.json", {std::move(trust), std::move(revocations), {}}));
  }

  static std::shared_ptr<const Revocations> Revoking(const std::string& keys, int64_t version) {
    std::string text = absl::StrCat(R"({"version": )", version, R"(, "revoked": [)");
    for (const char key : keys) {
      absl::StrAppend(&text, text.back() == '[' ? "" : ", ", R"("sha256/)", std::string(42, key), R"(A=")");
    }
    return testing::OrDie(Revocations::FromJson(text + "]}", "revocations.json"));
  }

  const std::string folder_ = ::testing::TempDir() + "/state";
  const PinSetFloor floor_ = {0, 0, 0, folder_};
  const x509::PrivateKey root_ = Key();
  const x509::PrivateKey publisher_ = Key();
};

TEST_F(SignedFloorTest, TheTrustOnlyRises) {
  ASSERT_THAT(RaiseFloor(floor_, *Set(7, Trust(2))), IsOk());
  EXPECT_THAT(CheckFloor(floor_, *Set(7, Trust(2))), IsOk());
  EXPECT_THAT(CheckFloor(floor_, *Set(8, Trust(1))), StatusIs(kNotTrusted, HasSubstr("which was adopted before")));
  EXPECT_THAT(CheckFloor(floor_, *Set(6, Trust(3))), StatusIs(kTooOld, HasSubstr("is older")));
  EXPECT_THAT(CheckFloor(floor_, *Set(8, Trust(3, 1, "test"))), StatusIs(kNotTrusted, HasSubstr("fleet test")));
  // The same pin set, signed again under a later trust, is recorded too.
  EXPECT_THAT(RaiseFloor(floor_, *Set(7, Trust(3))), IsOk());
  EXPECT_THAT(CheckFloor(floor_, *Set(7, Trust(2))), StatusIs(kNotTrusted, HasSubstr("which was adopted before")));
  EXPECT_THAT(CheckFloor(floor_, *Set(7, Trust(3), "other")), StatusIs(kTooOld, HasSubstr("other contents")));
}

// A successor needs the signatures of the root that the record names, after a restart too.
TEST_F(SignedFloorTest, TheRecordedRootIsAsked) {
  ASSERT_THAT(RaiseFloor(floor_, *Set(7, Trust(1))), IsOk());
  TrustFile file;
  file.version = 2;
  const x509::PrivateKey thief = Key();
  file.root = {thief};
  file.publisher = {publisher_};
  EXPECT_THAT(CheckFloor(floor_, *Set(8, TrustSignedBy({thief}, file))),
              StatusIs(kNotTrusted, HasSubstr("predecessor")));
  EXPECT_THAT(CheckFloor(floor_, *Set(8, TrustSignedBy({thief, root_}, file))), IsOk());
}

// Whoever takes the trust file out of a configuration must not get unsigned pin sets in.
TEST_F(SignedFloorTest, AnUnsignedSetDoesNotFollowASignedOne) {
  ASSERT_THAT(RaiseFloor(floor_, *Set(3, nullptr)), IsOk());
  // The first that is signed; an older one could bring back what the unsigned one has revoked.
  EXPECT_THAT(CheckFloor(floor_, *Set(2, Trust(1))), StatusIs(kTooOld, HasSubstr("is older")));
  ASSERT_THAT(RaiseFloor(floor_, *Set(3, Trust(1))), IsOk());
  EXPECT_THAT(CheckFloor(floor_, *Set(9, nullptr)), StatusIs(kNotTrusted, HasSubstr("is not signed")));
  EXPECT_THAT(RaiseFloor(floor_, *Set(9, nullptr)), StatusIs(kNotTrusted, HasSubstr("fleet prod")));
}

// A thief of a publisher's key must not end a fleet's updates with the highest version there is.
TEST_F(SignedFloorTest, ALaterEpochPrecedesEveryVersion) {
  const int64_t highest = std::numeric_limits<int64_t>::max();
  ASSERT_THAT(RaiseFloor(floor_, *Set(highest, Trust(1))), IsOk());
  EXPECT_THAT(CheckFloor(floor_, *Set(8, Trust(2))), StatusIs(kTooOld, HasSubstr("is older")));
  EXPECT_THAT(RaiseFloor(floor_, *Set(8, Trust(2, 2))), IsOk());
  EXPECT_THAT(CheckFloor(floor_, *Set(7, Trust(2, 2))), StatusIs(kTooOld, HasSubstr("is older")));
  EXPECT_THAT(CheckFloor(floor_, *Set(highest, Trust(1))),
              StatusIs(kNotTrusted, HasSubstr("which was adopted before")));
}

TEST_F(SignedFloorTest, ADamagedTrustInTheRecordIsReported) {
  ASSERT_THAT(RaiseFloor(floor_, *Set(7, Trust(1))), IsOk());
  const std::string file = folder_ + "/pin_set_floor.json";
  const std::string record = testing::OrDie(ReadFile(file));
  for (const char* damage : {"\"fleet_trust\": \"!", "\"fleet_trust\": \"AAAA", "\"fleet_trust\": 1, \"x\": \""}) {
    std::string damaged = record;
    damaged.replace(damaged.find("\"fleet_trust\": \""), std::string("\"fleet_trust\": \"").size(), damage);
    std::ofstream(file, std::ios::trunc) << damaged;
    EXPECT_THAT(CheckFloor(floor_, *Set(8, Trust(1))), StatusIs(absl::StatusCode::kUnavailable, HasSubstr("restore")));
  }
}

TEST_F(SignedFloorTest, WhatMayReplaceThePinSetInEffect) {
  const auto in_effect = Set(7, Trust(2));
  const auto replaces = [&](const std::shared_ptr<const PinSet>& next) { return CheckReplaces({}, *next, *in_effect); };
  EXPECT_THAT(replaces(Set(8, Trust(2))), IsOk());
  EXPECT_THAT(replaces(Set(7, Trust(3))), IsOk());
  EXPECT_THAT(replaces(Set(1, Trust(3, 2))), IsOk());
  EXPECT_THAT(replaces(Set(8, Trust(1))), StatusIs(kNotTrusted, HasSubstr("which was adopted before")));
  EXPECT_THAT(replaces(Set(6, Trust(3))), StatusIs(kTooOld, HasSubstr("is older")));
  EXPECT_THAT(replaces(Set(7, Trust(3), "other")), StatusIs(kTooOld, HasSubstr("different contents")));
}

// A process that lags behind must not follow stolen root keys, which a trust file that it has not seen takes out.
TEST_F(SignedFloorTest, ANewTrustFollowsTheRecordedOneToo) {
  const auto in_effect = Set(7, Trust(1));
  TrustFile file;
  file.version = 2;
  const x509::PrivateKey next_root = Key();
  file.root = {next_root};
  file.publisher = {publisher_};
  ASSERT_THAT(RaiseFloor(floor_, *in_effect), IsOk());
  ASSERT_THAT(RaiseFloor(floor_, *Set(7, TrustSignedBy({root_, next_root}, file))), IsOk());
  EXPECT_THAT(CheckReplaces(floor_, *Set(8, Trust(3)), *in_effect), StatusIs(kNotTrusted, HasSubstr("predecessor")));
  EXPECT_THAT(CheckReplaces(floor_, *Set(8, TrustSignedBy({root_, next_root}, file)), *in_effect), IsOk());
  // The same trust is not asked again, so that a revocation does not wait for the disk.
  EXPECT_THAT(CheckReplaces(floor_, *Set(8, Trust(1)), *in_effect), IsOk());
}

TEST_F(SignedFloorTest, TheConfigurationCanRequireALaterTrust) {
  const PinSetFloor floor = {0, 2, 0, ""};
  EXPECT_THAT(CheckFloor(floor, *Set(7, Trust(1))), StatusIs(kNotTrusted, HasSubstr("older than version 2")));
  EXPECT_THAT(CheckFloor(floor, *Set(7, nullptr)), StatusIs(kNotTrusted, HasSubstr("older than version 2")));
  EXPECT_THAT(CheckFloor(floor, *Set(7, Trust(2))), IsOk());
}

// A key that was revoked came back with older revocations, or with later ones that left it out.
TEST_F(SignedFloorTest, RevocationsOnlyGrow) {
  const auto set = [this](std::shared_ptr<const Revocations> revocations, int64_t version = 7, int64_t epoch = 1) {
    return Set(version, Trust(epoch, epoch), "pay", std::move(revocations));
  };
  ASSERT_THAT(RaiseFloor(floor_, *set(Revoking("A", 3))), IsOk());
  EXPECT_THAT(CheckFloor(floor_, *set(Revoking("A", 3))), IsOk());
  EXPECT_THAT(CheckFloor(floor_, *set(Revoking("A", 4))), IsOk());
  EXPECT_THAT(CheckFloor(floor_, *set(Revoking("AB", 4))), IsOk());
  EXPECT_THAT(CheckFloor(floor_, *set(Revoking("AB", 2))), StatusIs(kTooOld, HasSubstr("version 2 is older")));
  EXPECT_THAT(CheckFloor(floor_, *set(Revoking("AB", 3))), StatusIs(kTooOld, HasSubstr("has more keys")));
  for (const char* const keys : {"", "B", "BA"}) {
    EXPECT_THAT(CheckFloor(floor_, *set(Revoking(keys, 4))), StatusIs(kTooOld, HasSubstr("does not begin")));
  }
  EXPECT_THAT(CheckFloor(floor_, *set(nullptr)), StatusIs(kTooOld, HasSubstr("there are none")));
  EXPECT_THAT(CheckFloor(floor_, *set(nullptr, 8)), StatusIs(kTooOld, HasSubstr("there are none")));
  // A new epoch begins without them.
  EXPECT_THAT(CheckFloor(floor_, *set(nullptr, 1, 2)), IsOk());
  // The same pin set with later revocations is recorded, too.
  ASSERT_THAT(RaiseFloor(floor_, *set(Revoking("AB", 4))), IsOk());
  EXPECT_THAT(CheckFloor(floor_, *set(Revoking("A", 5))), StatusIs(kTooOld, HasSubstr("does not begin")));
  ASSERT_THAT(RaiseFloor(floor_, *set(nullptr, 1, 2)), IsOk());
  EXPECT_THAT(CheckFloor(floor_, *set(Revoking("A", 1), 2, 2)), IsOk());
}

// To name an empty list must not be final.
TEST_F(SignedFloorTest, RevocationsOfNoKeyMayGoAgain) {
  ASSERT_THAT(RaiseFloor(floor_, *Set(7, Trust(1), "pay", Revoking("", 1))), IsOk());
  EXPECT_THAT(CheckFloor(floor_, *Set(7, Trust(1))), IsOk());
}

TEST_F(SignedFloorTest, RevocationsInARunningProcessOnlyGrow) {
  const auto set = [this](std::shared_ptr<const Revocations> revocations, int64_t version = 7) {
    return Set(version, Trust(1), "pay", std::move(revocations));
  };
  const PinSetFloor no_floor;
  const auto in_effect = set(Revoking("A", 3));
  EXPECT_THAT(CheckReplaces(no_floor, *set(Revoking("A", 3), 8), *in_effect), IsOk());
  EXPECT_THAT(CheckReplaces(no_floor, *set(Revoking("AB", 4)), *in_effect), IsOk());
  EXPECT_THAT(CheckReplaces(no_floor, *set(Revoking("A", 2), 8), *in_effect), StatusIs(kTooOld, HasSubstr("is older")));
  EXPECT_THAT(CheckReplaces(no_floor, *set(Revoking("B", 4), 8), *in_effect),
              StatusIs(kTooOld, HasSubstr("does not begin")));
  EXPECT_THAT(CheckReplaces(no_floor, *set(nullptr, 8), *in_effect), StatusIs(kTooOld, HasSubstr("there are none")));
}

TEST_F(SignedFloorTest, TheConfigurationMayRequireAVersionOfTheRevocations) {
  PinSetFloor floor;
  floor.minimum_revocations_version = 3;
  EXPECT_THAT(CheckFloor(floor, *Set(7, Trust(1), "pay", Revoking("A", 3))), IsOk());
  EXPECT_THAT(CheckFloor(floor, *Set(7, Trust(1), "pay", Revoking("A", 2))),
              StatusIs(kTooOld, HasSubstr("the lowest that the configuration accepts")));
  EXPECT_THAT(CheckFloor(floor, *Set(7, Trust(1))), StatusIs(kTooOld, HasSubstr("version 0 is older")));
}

TEST_F(SignedFloorTest, ADamagedRecordOfRevocationsIsReported) {
  ASSERT_THAT(RaiseFloor(floor_, *Set(7, Trust(1), "pay", Revoking("A", 3))), IsOk());
  std::string text = testing::OrDie(ReadFile(folder_ + "/pin_set_floor.json"));
  const size_t at = text.find(R"("revocations_sha256": ")");
  ASSERT_NE(at, std::string::npos);
  text.erase(at + 23, 1);
  std::ofstream(folder_ + "/pin_set_floor.json") << text;
  EXPECT_THAT(CheckFloor(floor_, *Set(7, Trust(1), "pay", Revoking("A", 3))),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("a digest are required")));
}

}  // namespace
}  // namespace pinion
