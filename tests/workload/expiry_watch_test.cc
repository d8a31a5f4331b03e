// Expiry warnings come in time, and each once.
#include "pinion/workload/expiry_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "pinion/identity/identity.h"
#include "pinion/pin/pin_set.h"
#include "pinion/testing/or_die.h"
#include "pinion/testing/test_ca.h"
#include "pinion/workload/snapshot.h"

namespace pinion {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::OrDie;

class ExpiryWatchTest : public ::testing::Test {
 protected:
  // A peer with a pin that ends, and one that does not.
  std::shared_ptr<const PinSet> Pins(absl::Time end) const {
    const std::string not_after = absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", end, absl::UTCTimeZone());
    return OrDie(PinSet::FromJson(
        absl::StrCat(R"({"version": 1, "peers": [{"name": "pay", "hosts": ["pay.test"], "pins": [{"spki": ")",
                     own_.SpkiPin(), R"(", "state": "ACTIVE", "not_after": ")", not_after, R"("}, {"spki": ")",
                     backup_.SpkiPin(), R"(", "state": "BACKUP"}]}]})"),
        "pins.json"));
  }
  // The warnings at `before` ahead of `end`: "WHAT: DAYS".
  std::vector<std::string> Look(const std::shared_ptr<const PinSet>& pins, absl::Time end, absl::Duration before) {
    std::vector<std::string> warnings;
    Snapshot snapshot;
    snapshot.identity = identity_;
    snapshot.server_roots = roots_;
    snapshot.pin_set = pins;
    for (const ExpiryEvent& event : watch_.Look(snapshot, end - before)) {
      EXPECT_EQ(event.expires, end);
      warnings.push_back(absl::StrCat(event.what, ": ", event.days_left));
    }
    return warnings;
  }

  const testing::TestCa ca_;
  const testing::IssuedCertificate own_ = ca_.Issue({"pay.test"});
  const testing::IssuedCertificate backup_ = ca_.Issue({"pay.test"});
  const std::shared_ptr<const Identity> identity_ =
      OrDie(Identity::FromPem({own_.CertificatePem(), own_.PrivateKeyPem()}));
  const std::shared_ptr<const x509::TrustRoots> roots_ =
      std::make_shared<const x509::TrustRoots>(OrDie(x509::TrustRoots::FromPem(ca_.RootPem())));
  // Earlier than the end of any certificate.
  const absl::Time end_ = absl::FromUnixSeconds(absl::ToUnixSeconds(ca_.now() + absl::Hours(24)));
  const std::string pin_ = absl::StrCat("pin ", own_.SpkiPin(), " of peer \"pay\"");
  ExpiryWatch watch_;
};

TEST_F(ExpiryWatchTest, WarnsOfAPinThirtySevenAndOneDaysBeforeItEndsAndThen) {
  const auto pins = Pins(end_);
  const absl::Duration day = absl::Hours(24);
  const absl::Duration second = absl::Seconds(1);
  EXPECT_THAT(Look(pins, end_, 30 * day + second), IsEmpty());
  EXPECT_THAT(Look(pins, end_, 30 * day), ElementsAre(pin_ + ": 30"));
  EXPECT_THAT(Look(pins, end_, 7 * day + second), IsEmpty());
  EXPECT_THAT(Look(pins, end_, 7 * day), ElementsAre(pin_ + ": 7"));
  EXPECT_THAT(Look(pins, end_, day), ElementsAre(pin_ + ": 1"));
  EXPECT_THAT(Look(pins, end_, second), IsEmpty());
  EXPECT_THAT(Look(pins, end_, absl::ZeroDuration()), ElementsAre(pin_ + ": 0"));
  EXPECT_THAT(Look(pins, end_, -day), IsEmpty());
}

TEST_F(ExpiryWatchTest, WarnsOfTheEndOfThePinSetAndOfAProof) {
  const auto at = [](absl::Time time) { return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone()); };
  const auto pins = [&](const std::string& set, const std::string& backup) {
    return OrDie(
        PinSet::FromJson(absl::StrCat(R"({"version": 3, )", set,
                                      R"("peers": [{"name": "pay", "hosts": ["pay.test"], "pins": [{"spki": ")",
                                      own_.SpkiPin(), R"(", "state": "ACTIVE"}, {"spki": ")", backup_.SpkiPin(),
                                      R"(", "state": "BACKUP")", backup, "}]}]}"),
                         "pins.json"));
  };
  const auto expiring = pins(absl::StrCat(R"("expires": ")", at(end_), R"(", )"), "");
  EXPECT_THAT(Look(expiring, end_, absl::Hours(24 * 7)), ElementsAre("the pin set, version 3: 7"));
  EXPECT_THAT(Look(expiring, end_, absl::ZeroDuration()), ElementsAre("the pin set, version 3: 0"));
  const auto proven = pins("", absl::StrCat(R"(, "proven_on": ")", at(end_ - absl::Hours(24 * 180)), "\""));
  EXPECT_THAT(Look(proven, end_, absl::Hours(24 * 31)), IsEmpty());
  EXPECT_THAT(Look(proven, end_, absl::Hours(24 * 30)),
              ElementsAre(absl::StrCat("the proof of BACKUP ", backup_.SpkiPin(), " of peer \"pay\": 30")));
}

TEST_F(ExpiryWatchTest, WarnsAnewOfAPinWhoseEndWasMoved) {
  EXPECT_THAT(Look(Pins(end_), end_, absl::Hours(12)), ElementsAre(pin_ + ": 1"));
  const absl::Time earlier = end_ - absl::Hours(6);
  EXPECT_THAT(Look(Pins(earlier), earlier, absl::Hours(6)), ElementsAre(pin_ + ": 1"));
}

}  // namespace
}  // namespace pinion
