// A pin set that expires while connections are open.
#include <gtest/gtest.h>

#include <memory>

#include "pinion/connection/connection_verifier.h"
#include "pinion/testing/lab.h"
#include "pinion/testing/matchers.h"
#include "pinion/testing/or_die.h"

namespace pinion {
namespace {

using testing::IsAccepted;
using testing::IsOk;
using testing::Lab;
using testing::OrDie;

std::string LeafPem(const testing::IssuedCertificate& certificate) {
  return x509::EncodePem(certificate.chain.front());
}

TEST(ExpiredPinSetTest, RefusesNewConnectionsAlone) {
  Lab lab;
  absl::Time now = lab.ca().now();
  lab.pin_set().mutable_expires()->set_seconds(absl::ToUnixSeconds(now + absl::Hours(1)));
  const auto verifier = std::make_shared<const PeerVerifier>(OrDie(x509::TrustRoots::FromPem(lab.ca().RootPem())),
                                                             OrDie(PinSet::FromProto(lab.pin_set())), v1::ACCEPT);
  ConnectionVerifier connection_verifier(
      [verifier] { return verifier; }, ConnectionVerifier::Settings{PeerRole::kServer, /*events=*/nullptr,
                                                                    /*last_refusals=*/nullptr, [&now] { return now; }});
  const std::string leaf = LeafPem(lab.server());
  EXPECT_THAT(connection_verifier.JudgeHandshake(leaf, "", Lab::kServerHost), IsAccepted());
  const std::shared_ptr<LivePeer> live = connection_verifier.Recall(leaf, Lab::kServerHost);
  now += absl::Hours(1);
  // Its path is known, which makes no difference.
  EXPECT_EQ(connection_verifier.JudgeHandshake(leaf, "", Lab::kServerHost).reason, v1::PIN_SET_EXPIRED);
  EXPECT_TRUE(connection_verifier.JudgeLive(live.get()).accepted());
  EXPECT_THAT(connection_verifier.RecheckCall(leaf, "", Lab::kServerHost), IsOk());
  EXPECT_EQ(connection_verifier.JudgeHandshake(leaf, "", Lab::kServerHost).reason, v1::PIN_SET_EXPIRED);
  // A leaf that was not seen before the end.
  EXPECT_EQ(connection_verifier.JudgeHandshake(LeafPem(lab.server_backup()), "", Lab::kServerHost).reason,
            v1::PIN_SET_EXPIRED);
}

}  // namespace
}  // namespace pinion
