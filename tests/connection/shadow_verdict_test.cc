// What a connection verifier does beside its verdict: a shadow pin set judges, and a recorder records.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "pinion/connection/connection_verifier.h"
#include "pinion/recording/recorded_handshakes.h"
#include "pinion/testing/lab.h"
#include "pinion/testing/matchers.h"
#include "pinion/testing/or_die.h"

namespace pinion {
namespace {

using ::testing::HasSubstr;
using testing::IsAccepted;
using testing::IsOk;
using testing::IsRefusedFor;
using testing::IssuedCertificate;
using testing::Lab;
using testing::OrDie;
using ::testing::SizeIs;

std::string LeafPem(const IssuedCertificate& certificate) { return x509::EncodePem(certificate.chain.front()); }

class ShadowVerdictTest : public ::testing::Test {
 protected:
  std::shared_ptr<const PeerVerifier> MakeVerifier() {
    return std::make_shared<const PeerVerifier>(OrDie(x509::TrustRoots::FromPem(lab_.ca().RootPem())),
                                                OrDie(PinSet::FromProto(lab_.pin_set())), v1::REFUSE);
  }
  // With this pin in place of the impostor's.
  std::shared_ptr<const PeerVerifier> MakeVerifierWith(const std::string& pin) {
    for (v1::Peer& peer : *lab_.pin_set().mutable_peers()) {
      for (v1::Pin& one : *peer.mutable_pins()) {
        if (one.spki() == impostor_.SpkiPin()) one.set_spki(pin);
      }
    }
    return MakeVerifier();
  }
  // With the client's keys taken from its peer and given to the impostor.
  std::shared_ptr<const PeerVerifier> MakeShadow() {
    for (v1::Peer& peer : *lab_.pin_set().mutable_peers()) {
      for (v1::Pin& pin : *peer.mutable_pins()) {
        if (pin.spki() == lab_.client().SpkiPin()) pin.set_spki(impostor_.SpkiPin());
      }
    }
    return MakeVerifier();
  }
  ConnectionVerifier::Settings Settings() {
    ConnectionVerifier::Settings settings = {PeerRole::kClient, events_, nullptr, absl::Now};
    settings.shadow = [this] { return shadow_; };
    return settings;
  }

  Lab lab_;
  const IssuedCertificate impostor_ = lab_.ca().Issue({Lab::kClientIdentity});
  const std::shared_ptr<const PeerVerifier> verifier_ = MakeVerifier();
  std::shared_ptr<const PeerVerifier> shadow_ = MakeShadow();
  const std::shared_ptr<testing::RecordingSink> events_ = std::make_shared<testing::RecordingSink>();
};

TEST_F(ShadowVerdictTest, ADifferenceIsReportedAndDecidesNothing) {
  ConnectionVerifier connection_verifier([this] { return verifier_; }, Settings());
  EXPECT_THAT(connection_verifier.JudgeHandshake(LeafPem(lab_.client()), "", ""), IsAccepted());
  EXPECT_THAT(connection_verifier.JudgeHandshake(LeafPem(impostor_), "", ""), IsRefusedFor(v1::PIN_MISMATCH));
  const std::vector<HandshakeEvent> events = events_->handshakes();
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(events[0].reason, v1::ACCEPTED);
  EXPECT_EQ(events[0].shadow_reason, v1::PIN_MISMATCH);
  EXPECT_THAT(events[0].shadow_text, HasSubstr("PIN_MISMATCH"));
  EXPECT_EQ(events[1].reason, v1::PIN_MISMATCH);
  EXPECT_EQ(events[1].shadow_reason, v1::ACCEPTED);
  EXPECT_EQ(events[1].shadow_text, "");
}

TEST_F(ShadowVerdictTest, ItDoesNotChangeWhatIsKnownOfTheConnection) {
  ConnectionVerifier connection_verifier([this] { return verifier_; }, Settings());
  EXPECT_THAT(connection_verifier.JudgeHandshake(LeafPem(lab_.client()), "", ""), IsAccepted());
  EXPECT_THAT(connection_verifier.JudgeHandshake(LeafPem(impostor_), "", ""), IsRefusedFor(v1::PIN_MISMATCH));
  // The next one takes the paths and verdicts that the first one left.
  EXPECT_THAT(connection_verifier.RecheckCall(LeafPem(lab_.client()), "", ""), IsOk());
  EXPECT_FALSE(connection_verifier.RecheckCall(LeafPem(impostor_), "", "").ok());
  x509::SubjectAltNames names;
  names.uris = {Lab::kClientIdentity};
  EXPECT_EQ(connection_verifier.PinsOf(names), lab_.client().SpkiPin());
}

// A peer that the pin set refuses must not become known because the shadow would accept it.
TEST_F(ShadowVerdictTest, ItTeachesTheVerifierNoIntermediate) {
  ConnectionVerifier connection_verifier([this] { return verifier_; }, Settings());
  const testing::TestCa issuer = lab_.ca().Intermediate("sub CA");
  const IssuedCertificate impostor = issuer.Issue({Lab::kClientIdentity}, impostor_.key);
  EXPECT_THAT(connection_verifier.JudgeHandshake(LeafPem(impostor), impostor.CertificatePem(), ""),
              IsRefusedFor(v1::PIN_MISMATCH));
  EXPECT_EQ(events_->handshakes().back().shadow_reason, v1::ACCEPTED);
  const IssuedCertificate client = issuer.Issue({Lab::kClientIdentity}, lab_.client().key);
  EXPECT_THAT(connection_verifier.JudgeHandshake(LeafPem(client), "", ""), IsRefusedFor(v1::CHAIN_UNTRUSTED));
}

TEST_F(ShadowVerdictTest, ItKnowsTheIntermediatesOfASessionThatIsResumed) {
  ConnectionVerifier connection_verifier([this] { return verifier_; }, Settings());
  shadow_ = verifier_;
  const IssuedCertificate client = lab_.ca().Intermediate("sub CA").Issue({Lab::kClientIdentity}, lab_.client().key);
  for (const std::string& chain : {client.CertificatePem(), std::string()}) {
    EXPECT_THAT(connection_verifier.JudgeHandshake(LeafPem(client), chain, ""), IsAccepted());
    EXPECT_EQ(events_->handshakes().back().shadow_reason, v1::REASON_UNSPECIFIED);
  }
}

TEST_F(ShadowVerdictTest, AnotherShadowJudgesAnew) {
  ConnectionVerifier connection_verifier([this] { return verifier_; }, Settings());
  EXPECT_THAT(connection_verifier.JudgeHandshake(LeafPem(lab_.client()), "", ""), IsAccepted());
  EXPECT_EQ(events_->handshakes().back().shadow_reason, v1::PIN_MISMATCH);
  shadow_ = MakeVerifierWith(lab_.client().SpkiPin());
  EXPECT_THAT(connection_verifier.JudgeHandshake(LeafPem(lab_.client()), "", ""), IsAccepted());
  EXPECT_EQ(events_->handshakes().back().shadow_reason, v1::REASON_UNSPECIFIED);
}

TEST_F(ShadowVerdictTest, AgreementAndItsAbsenceAreNotReported) {
  ConnectionVerifier connection_verifier([this] { return verifier_; }, Settings());
  shadow_ = verifier_;
  EXPECT_THAT(connection_verifier.JudgeHandshake(LeafPem(lab_.client()), "", ""), IsAccepted());
  shadow_ = nullptr;
  EXPECT_THAT(connection_verifier.JudgeHandshake(LeafPem(lab_.client()), "", ""), IsAccepted());
  for (const HandshakeEvent& event : events_->handshakes()) EXPECT_EQ(event.shadow_reason, v1::REASON_UNSPECIFIED);
}

TEST_F(ShadowVerdictTest, TheRecorderGetsTheVerdictThatApplied) {
  std::string folder = absl::StrCat(::testing::TempDir(), "/recorded-XXXXXX");
  ASSERT_NE(mkdtemp(&folder[0]), nullptr);
  {
    ConnectionVerifier::Settings settings = Settings();
    settings.recorder = OrDie(HandshakeRecorder::Open(folder, nullptr, absl::Now));
    ConnectionVerifier connection_verifier([this] { return verifier_; }, settings);
    EXPECT_THAT(connection_verifier.JudgeHandshake(LeafPem(lab_.client()), "", ""), IsAccepted());
    EXPECT_FALSE(connection_verifier.JudgeHandshake(LeafPem(impostor_), "", "").accepted());
  }
  const Recording recording = OrDie(ReadRecording(folder));
  std::filesystem::remove_all(folder);
  EXPECT_EQ(recording.client_roots, lab_.ca().RootPem());
  ASSERT_THAT(recording.handshakes, SizeIs(2));
  for (const v1::RecordedHandshake& one : recording.handshakes) {
    const bool is_client = one.chain() == LeafPem(lab_.client());
    EXPECT_EQ(one.reason(), is_client ? v1::ACCEPTED : v1::PIN_MISMATCH);
    EXPECT_EQ(one.peer(), "client");
    EXPECT_EQ(one.unlisted_clients(), v1::REFUSE);
  }
}

}  // namespace
}  // namespace pinion
