#include "pinion/census/pin_set_witness.h"

#include <gtest/gtest.h>

#include <limits>

#include "absl/strings/match.h"

namespace pinion {
namespace {

v1::PinSetInEffect PinSetOf(int64_t version, char content, const std::string& fleet = "prod", int64_t epoch = 1) {
  v1::PinSetInEffect pin_set;
  pin_set.set_version(version);
  pin_set.set_content_sha256(std::string(32, content));
  pin_set.set_fleet(fleet);
  pin_set.set_epoch(epoch);
  return pin_set;
}

const PeerKey kOrders = {Side::kServer, "orders", true};
const PeerKey kBilling = {Side::kServer, "billing", true};

class PinSetWitnessTest : public ::testing::Test {
 protected:
  std::string Look(const PeerKey& peer, const v1::PinSetInEffect& said) { return witness_.Look(own_, peer, said); }

  const v1::PinSetInEffect own_ = PinSetOf(100, 'a');
  PinSetWitness witness_;
};

TEST_F(PinSetWitnessTest, TwoContentsOfOneVersionAreReportedOnce) {
  EXPECT_EQ(Look(kOrders, PinSetOf(99, 'b')), "");
  EXPECT_EQ(Look(kBilling, PinSetOf(99, 'b')), "");
  const std::string text = Look(kBilling, PinSetOf(99, 'c'));
  EXPECT_TRUE(absl::StrContains(text, "version 99 of the pin set of fleet prod has two contents"));
  EXPECT_TRUE(absl::StrContains(text, "orders"));
  EXPECT_TRUE(absl::StrContains(text, "billing"));
  EXPECT_EQ(Look(kBilling, PinSetOf(99, 'c')), "");
}

TEST_F(PinSetWitnessTest, TheOwnPinSetCounts) {
  EXPECT_TRUE(absl::StrContains(Look(kOrders, PinSetOf(100, 'b')), "at this process"));
}

// Every team may write a file of its own.
TEST_F(PinSetWitnessTest, PinSetsThatAreNotSignedOrOfOtherFleetsMayDiffer) {
  EXPECT_EQ(Look(kOrders, PinSetOf(100, 'b', "")), "");
  EXPECT_EQ(Look(kOrders, PinSetOf(100, 'b', "test")), "");
  EXPECT_EQ(Look(kOrders, PinSetOf(100, 'b', "prod", 2)), "");
  EXPECT_EQ(witness_.Look(PinSetOf(100, 'a', ""), kOrders, PinSetOf(100, 'b', "")), "");
}

TEST_F(PinSetWitnessTest, AClientCannotMakeOthersBeForgotten) {
  EXPECT_EQ(Look(kOrders, PinSetOf(99, 'b')), "");
  for (int64_t version = 101; version < 1'000; ++version) Look(kBilling, PinSetOf(version, 'x'));
  Look(kBilling, PinSetOf(std::numeric_limits<int64_t>::max(), 'x'));
  Look(kBilling, PinSetOf(std::numeric_limits<int64_t>::min(), 'x'));
  EXPECT_NE(Look(kBilling, PinSetOf(99, 'c')), "");
}

}  // namespace
}  // namespace pinion
