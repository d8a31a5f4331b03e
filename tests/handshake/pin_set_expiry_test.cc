// The end of a pin set: new connections are refused, and those that are open stay.
#include <gtest/gtest.h>

#include <memory>

#include "gmock/gmock.h"
#include "pinion/handshake/peer_verifier.h"
#include "pinion/testing/or_die.h"
#include "tests/handshake/sound_handshake.h"

namespace pinion {
namespace {

using ::testing::HasSubstr;
using testing::OrDie;

constexpr PeerRole kBoth[] = {PeerRole::kServer, PeerRole::kClient};

SoundHandshake Until(PeerRole role, absl::Time expires) {
  SoundHandshake handshake(role);
  SetTime(handshake.pins.mutable_expires(), expires);
  return handshake;
}

PeerVerifier VerifierOf(const SoundHandshake& handshake) {
  return PeerVerifier(OrDie(x509::TrustRoots::FromPem(handshake.roots_pem)), OrDie(PinSet::FromProto(handshake.pins)),
                      handshake.unlisted_clients);
}

Verdict JudgeLive(const SoundHandshake& handshake) {
  return VerifierOf(handshake).VerifyLive(handshake.presented, handshake.role, handshake.host, handshake.now);
}

TEST(PinSetExpiryTest, ANewConnectionIsAcceptedBeforeItAndRefusedFromThenOn) {
  for (const PeerRole role : kBoth) {
    EXPECT_EQ(Until(role, HandshakeTime() + absl::Seconds(1)).Judge().reason, v1::ACCEPTED);
    const Verdict verdict = Until(role, HandshakeTime()).Judge();
    EXPECT_EQ(verdict.reason, v1::PIN_SET_EXPIRED);
    EXPECT_THAT(verdict.problem, HasSubstr("2026-06-01T12:00:00Z"));
    EXPECT_THAT(verdict.next_step, HasSubstr("publish the next version"));
    EXPECT_EQ(verdict.holds_until, absl::InfinitePast());
    EXPECT_EQ(Until(role, HandshakeTime() - absl::Hours(24 * 365)).Judge().reason, v1::PIN_SET_EXPIRED);
  }
}

TEST(PinSetExpiryTest, AnOpenConnectionIsJudgedAsBefore) {
  for (const PeerRole role : kBoth) {
    const SoundHandshake expired = Until(role, HandshakeTime());
    const Verdict live = JudgeLive(expired);
    EXPECT_EQ(live.reason, v1::ACCEPTED);
    EXPECT_EQ(live.holds_until, SoundHandshake(role).Judge().holds_until);
    std::shared_ptr<const VerifiedPath> path;
    ASSERT_TRUE(VerifierOf(expired).VerifyLive(expired.presented, role, expired.host, expired.now, &path).accepted());
    EXPECT_TRUE(VerifierOf(expired).VerifyKnown(path, role, expired.host, expired.now).has_value());
    SoundHandshake revoked = expired;
    v1::Pin& pin = revoked.AddPin(v1::REVOKED);
    pin.set_spki(IssuerPin(TrustedIntermediate()));
    EXPECT_EQ(JudgeLive(revoked).reason, v1::PIN_REVOKED);
  }
}

// The reasons of a refusal that holds anyway are more useful than the end of the pin set.
TEST(PinSetExpiryTest, EveryOtherFailureComesFirst) {
  for (const PeerRole role : kBoth) {
    SoundHandshake handshake = Until(role, HandshakeTime());
    handshake.active_pin().set_spki(StrangePin('X'));
    EXPECT_EQ(handshake.Judge().reason, v1::PIN_MISMATCH);
    handshake.Present(OtherRoot(), {"payments.test", "spiffe://prod/payments"});
    EXPECT_EQ(handshake.Judge().reason, v1::CHAIN_UNTRUSTED);
  }
}

TEST(PinSetExpiryTest, ReportOnlyDoesNotExcuseIt) {
  SoundHandshake handshake = Until(PeerRole::kServer, HandshakeTime());
  handshake.active_pin().set_spki(StrangePin('X'));
  SetTime(handshake.peer().mutable_report_only_until(), HandshakeTime() + absl::Hours(1));
  const Verdict verdict = handshake.Judge();
  EXPECT_EQ(verdict.reason, v1::PIN_SET_EXPIRED);
  EXPECT_EQ(verdict.report_only_reason, v1::REASON_UNSPECIFIED);
}

}  // namespace
}  // namespace pinion
