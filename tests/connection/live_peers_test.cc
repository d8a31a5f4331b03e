#include "pinion/connection/live_peers.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace pinion {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'000'000);

x509::SubjectAltNames Names(const std::string& uri) {
  x509::SubjectAltNames names;
  names.uris = {uri};
  return names;
}

TEST(LivePeersTest, NamesWithoutAConnectionAreNotProven) {
  LivePeers peers;
  EXPECT_FALSE(peers.AreProven(Names("spiffe://a/orders"), "orders", kNow));
}

TEST(LivePeersTest, OneUnprovenKeyCountsForAllConnectionsWithItsNames) {
  LivePeers peers;
  const auto legitimate = peers.Add("", "its certificate", Names("spiffe://a/orders"));
  legitimate->proven_as = "orders";
  EXPECT_TRUE(peers.AreProven(Names("spiffe://a/orders"), "orders", kNow));
  EXPECT_FALSE(peers.AreProven(Names("spiffe://a/orders"), "payments", kNow));
  {
    const auto impostor = peers.Add("", "another certificate", Names("spiffe://a/orders"));
    EXPECT_FALSE(peers.AreProven(Names("spiffe://a/orders"), "orders", kNow));
  }
  EXPECT_TRUE(peers.AreProven(Names("spiffe://a/orders"), "orders", kNow));
}

TEST(LivePeersTest, OtherNamesAreNotAffected) {
  LivePeers peers;
  const auto legitimate = peers.Add("", "its certificate", Names("spiffe://a/orders"));
  legitimate->proven_as = "orders";
  const auto stranger = peers.Add("", "another certificate", Names("spiffe://a/stranger"));
  EXPECT_TRUE(peers.AreProven(Names("spiffe://a/orders"), "orders", kNow));
  EXPECT_FALSE(peers.AreProven(Names("spiffe://a/stranger"), "orders", kNow));
}

TEST(LivePeersTest, TheSameCertificateIsOnePeer) {
  LivePeers peers;
  const auto first = peers.Add("", "certificate", Names("spiffe://a/orders"));
  EXPECT_EQ(peers.Add("", "certificate", Names("spiffe://a/orders")), first);
  EXPECT_EQ(peers.Find("", "certificate"), first);
  EXPECT_NE(peers.Add("dialled.test", "certificate", Names("spiffe://a/orders")), first);
}

TEST(LivePeersTest, AHandshakeCountsForAWhileWhenItsConnectionIsNotFound) {
  LivePeers peers;
  peers.Keep(peers.Add("", "impostor", Names("spiffe://a/orders")), kNow - absl::Seconds(1));
  peers.Keep(peers.Add("", "legitimate", Names("spiffe://a/orders")), kNow);
  peers.Find("", "legitimate")->proven_as = "orders";
  EXPECT_FALSE(peers.AreProven(Names("spiffe://a/orders"), "orders", kNow));
  const absl::Time later = kNow + LivePeers::kUnfound - absl::Seconds(1);
  EXPECT_FALSE(peers.AreProven(Names("spiffe://a/orders"), "orders", later - absl::Nanoseconds(1)));
  EXPECT_TRUE(peers.AreProven(Names("spiffe://a/orders"), "orders", later));
  EXPECT_FALSE(peers.AreProven(Names("spiffe://a/orders"), "orders", kNow + LivePeers::kUnfound));
}

TEST(LivePeersTest, ForgetsNoLivePeerHoweverManyComeAndGo) {
  LivePeers peers;
  const auto impostor = peers.Add("", "impostor", Names("spiffe://a/orders"));
  for (int i = 0; i < 20'000; ++i) peers.Add("", absl::StrCat("certificate ", i), Names("spiffe://a/orders"));
  const auto legitimate = peers.Add("", "legitimate", Names("spiffe://a/orders"));
  legitimate->proven_as = "orders";
  EXPECT_FALSE(peers.AreProven(Names("spiffe://a/orders"), "orders", kNow));
  EXPECT_EQ(peers.Find("", "impostor"), impostor);
}

}  // namespace
}  // namespace pinion
