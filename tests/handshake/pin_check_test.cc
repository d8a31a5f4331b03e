// Which pin the peer's key matches, and how long the verdict is valid.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "pinion/handshake/peer_verifier.h"
#include "pinion/testing/or_die.h"
#include "pinion/x509/certificate.h"
#include "pinion/x509/key.h"
#include "pinion/x509/pki/issue.h"
#include "tests/handshake/sound_handshake.h"

namespace pinion {
namespace {

using ::pinion::testing::OrDie;
using ::pinion::testing::TestCa;
using ::testing::HasSubstr;

constexpr PeerRole kBoth[] = {PeerRole::kServer, PeerRole::kClient};
const std::vector<std::string> kNames = {"payments.test", "spiffe://prod/payments"};

// The sound handshake with an ACTIVE pin that matches no key.
SoundHandshake Unmatched(PeerRole role) {
  SoundHandshake handshake(role);
  handshake.active_pin().set_spki(StrangePin('X'));
  return handshake;
}

std::string ReasonOf(const SoundHandshake& handshake) { return v1::Reason_Name(handshake.Judge().reason); }

TEST(PinCheckTest, EachKindOfPinMatchesInEachStateThatIsServed) {
  for (const PeerRole role : kBoth) {
    for (const v1::PinState state : {v1::ACTIVE, v1::BACKUP, v1::RETIRING}) {
      SoundHandshake handshake = Unmatched(role);
      v1::Pin& pin = handshake.AddPin(state);
      const auto expect_matched = [&](PinKind kind) {
        const Verdict verdict = handshake.Judge();
        EXPECT_EQ(verdict.ToString(), "ACCEPTED");
        ASSERT_TRUE(verdict.matched.has_value());
        EXPECT_EQ(verdict.matched->pin.kind, kind);
        EXPECT_EQ(verdict.matched->state, state);
      };
      pin.set_spki(x509::ToPinText(handshake.key.spki_digest()));
      expect_matched(PinKind::kSpki);
      pin.set_certificate(handshake.LeafPin());
      expect_matched(PinKind::kCertificate);
      pin.set_issuer_spki(IssuerPin(TrustedIntermediate()));
      expect_matched(PinKind::kIssuerSpki);
      pin.set_issuer_spki(IssuerPin(TrustedRoot()));
      expect_matched(PinKind::kIssuerSpki);
    }
  }
}

TEST(PinCheckTest, ARenewedCertificateHoldsItsKeysPinAndNotItsOwn) {
  SoundHandshake handshake(PeerRole::kServer);
  const std::string certificate_pin = handshake.LeafPin();
  handshake.Present(TrustedIntermediate(), kNames);
  EXPECT_EQ(ReasonOf(handshake), "ACCEPTED");
  handshake.active_pin().set_certificate(certificate_pin);
  EXPECT_EQ(ReasonOf(handshake), "PIN_MISMATCH");
}

TEST(PinCheckTest, APinIsOfTheKindItSays) {
  for (const PeerRole role : kBoth) {
    SoundHandshake handshake = Unmatched(role);
    v1::Pin& pin = handshake.AddPin(v1::ACTIVE);
    pin.set_spki(IssuerPin(TrustedIntermediate()));
    EXPECT_EQ(ReasonOf(handshake), "PIN_MISMATCH");
    pin.set_spki(handshake.LeafPin());
    EXPECT_EQ(ReasonOf(handshake), "PIN_MISMATCH");
    pin.set_issuer_spki(x509::ToPinText(handshake.key.spki_digest()));
    EXPECT_EQ(ReasonOf(handshake), "PIN_MISMATCH");
    pin.set_certificate(x509::ToPinText(handshake.key.spki_digest()));
    EXPECT_EQ(ReasonOf(handshake), "PIN_MISMATCH");
  }
}

TEST(PinCheckTest, AnotherPeersPinIsNoPin) {
  for (const PeerRole role : kBoth) {
    SoundHandshake handshake(role);
    handshake.pins.mutable_peers(1)->mutable_pins(0)->set_spki(handshake.active_pin().spki());
    handshake.active_pin().set_spki(StrangePin('X'));
    EXPECT_EQ(ReasonOf(handshake), "PIN_MISMATCH");
  }
}

TEST(PinCheckTest, AnActivePinIsPreferred) {
  SoundHandshake handshake(PeerRole::kServer);
  handshake.active_pin().set_state(v1::RETIRING);
  handshake.AddPin(v1::BACKUP).set_certificate(handshake.LeafPin());
  handshake.AddPin(v1::ACTIVE).set_issuer_spki(IssuerPin(TrustedRoot()));
  EXPECT_EQ(handshake.Judge().matched->state, v1::ACTIVE);
  handshake.peer().mutable_pins(3)->set_issuer_spki(StrangePin('X'));
  EXPECT_EQ(handshake.Judge().matched->state, v1::BACKUP);
}

// An impostor with a trusted certificate for the peer's names, but without any of the peer's keys, sends this.
TEST(PinCheckTest, AppendedJunkNeverMatches) {
  for (const PeerRole role : kBoth) {
    SoundHandshake handshake(role);
    const PresentedChain genuine = handshake.presented;
    const TestCa unrelated = TrustedRoot().Intermediate("Unrelated");
    handshake.AddPin(v1::RETIRING).set_certificate(handshake.LeafPin());
    handshake.AddPin(v1::RETIRING).set_issuer_spki(IssuerPin(TrustedIntermediate()));
    handshake.AddPin(v1::RETIRING).set_issuer_spki(IssuerPin(OtherRoot()));
    ASSERT_EQ(ReasonOf(handshake), "ACCEPTED");

    handshake.key = OrDie(x509::PrivateKey::GenerateEc("P-256"));
    handshake.Present(unrelated, kNames);
    EXPECT_EQ(ReasonOf(handshake), "PIN_MISMATCH");
    std::vector<std::string> junk = genuine.others;
    junk.push_back(genuine.leaf);
    junk.push_back(OtherRoot().certificate().der());
    for (const std::string& der : junk) {
      handshake.presented.others.push_back(der);
      handshake.presented.others.insert(handshake.presented.others.begin(), der);
      EXPECT_EQ(ReasonOf(handshake), "PIN_MISMATCH");
    }
  }
}

TEST(PinCheckTest, AppendedJunkCausesNoRefusal) {
  for (const PeerRole role : kBoth) {
    SoundHandshake handshake(role);
    handshake.AddPin(v1::REVOKED).set_issuer_spki(IssuerPin(OtherRoot()));
    handshake.presented.others.push_back(OtherRoot().certificate().der());
    EXPECT_EQ(ReasonOf(handshake), "ACCEPTED");
  }
}

TEST(PinCheckTest, AnIssuerPinOfACaWithTheSameNameIsNoPin) {
  SoundHandshake handshake = Unmatched(PeerRole::kServer);
  const TestCa twin = TrustedRoot().Intermediate("Intermediate");
  handshake.AddPin(v1::ACTIVE).set_issuer_spki(IssuerPin(twin));
  handshake.presented.others.push_back(twin.certificate().der());
  EXPECT_EQ(ReasonOf(handshake), "PIN_MISMATCH");
  handshake.Present(twin, kNames);
  EXPECT_EQ(ReasonOf(handshake), "ACCEPTED");
}

// On a resumed session, gRPC passes the leaf alone.
TEST(PinCheckTest, TheLeafAloneIsEnoughWhereTheAnchorIssuedIt) {
  for (const PeerRole role : kBoth) {
    SoundHandshake handshake(role);
    handshake.presented.others.clear();
    EXPECT_EQ(ReasonOf(handshake), "CHAIN_UNTRUSTED");
    handshake.roots_pem = x509::EncodePem(TrustedIntermediate().certificate().der());
    EXPECT_EQ(ReasonOf(handshake), "ACCEPTED");
    handshake.active_pin().set_issuer_spki(IssuerPin(TrustedIntermediate()));
    EXPECT_EQ(ReasonOf(handshake), "ACCEPTED");
  }
}

TEST(PinCheckTest, AMismatchExplainsItselfReadyToPaste) {
  SoundHandshake handshake = Unmatched(PeerRole::kServer);
  SetTime(handshake.peer().mutable_pins(1)->mutable_not_before(), HandshakeTime() + absl::Hours(24));
  handshake.AddPin(v1::REVOKED).set_spki(StrangePin('R'));
  EXPECT_EQ(
      handshake.Judge().ToString(),
      absl::StrCat("PIN_MISMATCH: \"payments.test\" holds a key that is not a pin of peer \"payments\"; presented ",
                   x509::ToPinText(handshake.key.spki_digest()),
                   " (subject \"CN=test leaf\", issuer \"CN=Intermediate\", valid 2026-06-01T11:00:00Z to "
                   "2026-08-30T12:00:00Z); expected one of ",
                   StrangePin('X'), " (ACTIVE), ", StrangePin('P'),
                   " (BACKUP, from 2026-06-02T12:00:00Z); if the key is truly that peer's, add it to peer "
                   "\"payments\" in the pin set; if not, treat the peer as an impostor"));
}

TEST(PinCheckTest, ReportOnlyReportsWhatItExcused) {
  SoundHandshake handshake = Unmatched(PeerRole::kClient);
  SetTime(handshake.peer().mutable_report_only_until(), HandshakeTime() + absl::Hours(1));
  EXPECT_THAT(handshake.Judge().ToString(),
              HasSubstr("ACCEPTED (report-only, else PIN_MISMATCH): the client holds a key that is not a pin of peer "
                        "\"payments\"; presented sha256/"));
  handshake.now += absl::Hours(1) - absl::Nanoseconds(1);
  EXPECT_EQ(ReasonOf(handshake), "ACCEPTED");
  handshake.now += absl::Nanoseconds(1);
  EXPECT_EQ(ReasonOf(handshake), "PIN_MISMATCH");
}

TEST(PinCheckTest, ReportOnlyIsOnePeersOwn) {
  SoundHandshake handshake = Unmatched(PeerRole::kServer);
  SetTime(handshake.pins.mutable_peers(1)->mutable_report_only_until(), HandshakeTime() + absl::Hours(1));
  EXPECT_EQ(ReasonOf(handshake), "PIN_MISMATCH");
}

TEST(PinCheckTest, ReportOnlyIsQuietAboutAKeyThatMatches) {
  SoundHandshake handshake(PeerRole::kServer);
  SetTime(handshake.peer().mutable_report_only_until(), HandshakeTime() + absl::Hours(1));
  const Verdict verdict = handshake.Judge();
  EXPECT_EQ(verdict.ToString(), "ACCEPTED");
  EXPECT_TRUE(verdict.matched.has_value());
  EXPECT_EQ(verdict.holds_until, verdict.leaf->not_after());
}

TEST(PinCheckTest, APinsTimesCountToTheNanosecond) {
  SoundHandshake handshake(PeerRole::kServer);
  SetTime(handshake.active_pin().mutable_not_before(), HandshakeTime());
  SetTime(handshake.active_pin().mutable_not_after(), HandshakeTime() + absl::Hours(1));
  const auto at = [&handshake](absl::Time now) {
    handshake.now = now;
    return ReasonOf(handshake);
  };
  EXPECT_EQ(at(HandshakeTime() - absl::Nanoseconds(1)), "PIN_NOT_YET_VALID");
  EXPECT_EQ(at(HandshakeTime()), "ACCEPTED");
  EXPECT_EQ(at(HandshakeTime() + absl::Hours(1) - absl::Nanoseconds(1)), "ACCEPTED");
  EXPECT_EQ(at(HandshakeTime() + absl::Hours(1)), "PIN_EXPIRED");
}

TEST(PinCheckTest, AVerdictHoldsUntilTheFirstOfItsGroundsEnds) {
  const absl::Time now = HandshakeTime();
  SoundHandshake handshake(PeerRole::kServer);
  const auto held = [&handshake, now] { return handshake.Judge().holds_until - now; };
  EXPECT_EQ(held(), absl::Hours(24 * 90));  // the leaf
  SetTime(handshake.active_pin().mutable_not_after(), now + absl::Hours(50));
  EXPECT_EQ(held(), absl::Hours(50));  // the pin that matched
  // A pin that will match later may change what is reported, so the verdict is made anew then.
  v1::Pin& later = handshake.AddPin(v1::BACKUP);
  later.set_certificate(handshake.LeafPin());
  SetTime(later.mutable_not_before(), now + absl::Hours(40));
  EXPECT_EQ(held(), absl::Hours(40));
  const TestCa brief =
      TrustedRoot().Intermediate("Brief", [now](auto& recipe) { recipe.not_after = now + absl::Hours(30); });
  handshake.Present(brief, kNames);
  EXPECT_EQ(held(), absl::Hours(30));  // an issuer
  handshake.Present(brief, kNames, [now](auto& recipe) { recipe.not_after = now + absl::Hours(20); });
  EXPECT_EQ(held(), absl::Hours(20));
}

TEST(PinCheckTest, AnExpiredPinThatMatchesTooDoesNotRefuse) {
  SoundHandshake handshake(PeerRole::kServer);
  SetTime(handshake.active_pin().mutable_not_after(), HandshakeTime());
  handshake.AddPin(v1::RETIRING).set_issuer_spki(IssuerPin(TrustedRoot()));
  EXPECT_EQ(handshake.Judge().matched->state, v1::RETIRING);
}

TEST(PinCheckTest, ARevokedPinIsExplainedWithWhatIsExpectedInstead) {
  SoundHandshake handshake(PeerRole::kServer);
  const std::string own = handshake.active_pin().spki();
  handshake.active_pin().set_state(v1::REVOKED);
  handshake.AddPin(v1::ACTIVE).set_spki(StrangePin('N'));
  const Verdict verdict = handshake.Judge();
  EXPECT_EQ(verdict.problem, absl::StrCat("its key is REVOKED in the pin set: ", own));
  EXPECT_EQ(verdict.expected, absl::StrCat("one of ", StrangePin('P'), " (BACKUP), ", StrangePin('N'), " (ACTIVE)"));
}

TEST(PinCheckTest, WhatThePeerWroteIsShownEscaped) {
  for (const PeerRole role : kBoth) {
    SoundHandshake handshake = Unmatched(role);
    handshake.Present(TrustedIntermediate(), kNames,
                      [](auto& recipe) { recipe.common_name = "a\nb\x1b[2J\"; expected \xc3\xbc"; });
    const std::string text = handshake.Judge().ToString();
    EXPECT_THAT(text, HasSubstr(R"(subject "CN=a\0Ab\1B[2J\"\; expected \C3\BC")"));
    for (const char c : text) EXPECT_TRUE(c >= ' ' && c <= '~');
  }
}

}  // namespace
}  // namespace pinion
