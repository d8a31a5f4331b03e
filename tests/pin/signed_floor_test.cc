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
                                           const std::string& peer = "pay") {
    const std::string a(42, 'A');
    const std::string b(42, 'B');
    return testing::OrDie(PinSet::FromJson(
        absl::StrCat(R"({"version": )", version, R"(, "peers": [{"name": ")", peer,
                     R"(", "hosts": ["pay.test"], "pins": [{"spki": "sha256/)", a,
                     R"(A=", "state": "ACTIVE"}, {"spki": "sha256/)", b, R"(A=", "state": "BACKUP"}]}]})"),
        "pins.json", std::move(trust)));
  }

  const std::string folder_ = ::testing::TempDir() + "/state";
  const PinSetFloor floor_ = {0, 0, folder_};
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
  const PinSetFloor floor = {0, 2, ""};
  EXPECT_THAT(CheckFloor(floor, *Set(7, Trust(1))), StatusIs(kNotTrusted, HasSubstr("older than version 2")));
  EXPECT_THAT(CheckFloor(floor, *Set(7, nullptr)), StatusIs(kNotTrusted, HasSubstr("older than version 2")));
  EXPECT_THAT(CheckFloor(floor, *Set(7, Trust(2))), IsOk());
}

}  // namespace
}  // namespace pinion
