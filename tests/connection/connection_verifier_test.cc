#include "pinion/connection/connection_verifier.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "pinion/testing/lab.h"
#include "pinion/testing/matchers.h"
#include "pinion/testing/or_die.h"
#include "pinion/x509/pki/recipe.h"

namespace pinion {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::IsAccepted;
using ::testing::IsEmpty;
using testing::IsOk;
using testing::IsRefusedFor;
using testing::IssuedCertificate;
using testing::Lab;
using testing::OrDie;
using ::testing::SizeIs;
using testing::TestCa;

std::string LeafPem(const IssuedCertificate& certificate) { return x509::EncodePem(certificate.chain.front()); }

class ConnectionVerifierTest : public ::testing::Test {
 protected:
  // A verifier with the lab's roots and pins.
  std::shared_ptr<const PeerVerifier> MakeVerifier(const std::string& more_roots = "") {
    return std::make_shared<const PeerVerifier>(OrDie(x509::TrustRoots::FromPem(lab_.ca().RootPem() + more_roots)),
                                                OrDie(PinSet::FromProto(lab_.pin_set())), v1::ACCEPT);
  }
  // The same, but with the CA's key revoked.
  std::shared_ptr<const PeerVerifier> MakeVerifierThatRevokes(const TestCa& ca) {
    v1::Pin* const revoked = lab_.pin_set().mutable_peers(0)->add_pins();
    revoked->set_spki(x509::ToPinText(ca.certificate().spki_digest()));
    revoked->set_state(v1::REVOKED);
    return MakeVerifier();
  }
  // The same CA, certified by the root itself: PEM.
  std::string CertifiedByTheRoot(const TestCa& ca, const std::string& name) const {
    return x509::EncodePem(
        OrDie(x509::IssueCertificate(x509::CaRecipe(name, lab_.ca().now()), ca.issuer().key, &lab_.ca().issuer())));
  }
  // A connection verifier for peers of this role.
  std::unique_ptr<ConnectionVerifier> MakeConnectionVerifier(PeerRole role) {
    const std::shared_ptr<const PeerVerifier> verifier = MakeVerifier();
    return std::make_unique<ConnectionVerifier>(
        [verifier] { return verifier; },
        ConnectionVerifier::Settings{role, events_, last_refusals_, [this] { return now_.load(); }});
  }

  std::vector<v1::Reason> ReportedReasons() const {
    std::vector<v1::Reason> reasons;
    for (const HandshakeEvent& event : events_->handshakes()) reasons.push_back(event.reason);
    return reasons;
  }

  IssuedCertificate ClientBelow(const std::string& ca) const {
    return lab_.ca().Intermediate(ca).Issue({Lab::kClientIdentity}, lab_.client().key);
  }

  Lab lab_;
  std::atomic<absl::Time> now_{absl::Now()};
  const std::shared_ptr<testing::RecordingSink> events_ = std::make_shared<testing::RecordingSink>();
  const std::shared_ptr<LastRefusals> last_refusals_ = std::make_shared<LastRefusals>();
};

TEST_F(ConnectionVerifierTest, TakesAChainWithTheLeafOrWithoutIt) {
  const IssuedCertificate client = ClientBelow("sub CA");
  EXPECT_THAT(MakeConnectionVerifier(PeerRole::kClient)->JudgeHandshake(LeafPem(client), client.CertificatePem(), ""),
              IsAccepted());
  EXPECT_THAT(
      MakeConnectionVerifier(PeerRole::kClient)->JudgeHandshake(LeafPem(client), x509::EncodePem(client.chain[1]), ""),
      IsAccepted());
}

TEST_F(ConnectionVerifierTest, KnowsTheIntermediatesOfAnAcceptedClientWhenItResumes) {
  const auto connection_verifier = MakeConnectionVerifier(PeerRole::kClient);
  const IssuedCertificate client = ClientBelow("sub CA");
  EXPECT_THAT(connection_verifier->JudgeHandshake(LeafPem(client), "", ""), IsRefusedFor(v1::CHAIN_UNTRUSTED));
  EXPECT_THAT(connection_verifier->JudgeHandshake(LeafPem(client), client.CertificatePem(), ""), IsAccepted());
  EXPECT_THAT(connection_verifier->JudgeHandshake(LeafPem(client), "", ""), IsAccepted());
}

TEST_F(ConnectionVerifierTest, VerifiersShareTheirPathsButJudgeByTheirOwnPins) {
  ConnectionVerifier::Settings settings = {PeerRole::kClient, nullptr, nullptr, [this] { return now_.load(); }};
  const auto verifier = MakeVerifier();
  const auto with_other_pins = std::make_shared<const PeerVerifier>(
      OrDie(x509::TrustRoots::FromPem(lab_.ca().RootPem())), OrDie(PinSet::FromProto(Lab().pin_set())), v1::ACCEPT);
  ConnectionVerifier connection_verifier([verifier] { return verifier; }, settings);
  ConnectionVerifier second([verifier] { return verifier; }, settings);
  ConnectionVerifier strict([with_other_pins] { return with_other_pins; }, settings);
  const IssuedCertificate client = ClientBelow("sub CA");
  EXPECT_THAT(connection_verifier.JudgeHandshake(LeafPem(client), client.CertificatePem(), ""), IsAccepted());
  EXPECT_THAT(second.JudgeHandshake(LeafPem(client), "", ""), IsAccepted());
  EXPECT_THAT(strict.JudgeHandshake(LeafPem(client), "", ""), IsRefusedFor(v1::PIN_MISMATCH));
}

TEST_F(ConnectionVerifierTest, LearnsNoIntermediateFromARefusedClient) {
  const auto connection_verifier = MakeConnectionVerifier(PeerRole::kClient);
  const TestCa ca = lab_.ca().Intermediate("sub CA");
  const IssuedCertificate impostor = ca.Issue({Lab::kClientIdentity});
  EXPECT_THAT(connection_verifier->JudgeHandshake(LeafPem(impostor), impostor.CertificatePem(), ""),
              IsRefusedFor(v1::PIN_MISMATCH));
  const IssuedCertificate client = ca.Issue({Lab::kClientIdentity}, lab_.client().key);
  EXPECT_THAT(connection_verifier->JudgeHandshake(LeafPem(client), "", ""), IsRefusedFor(v1::CHAIN_UNTRUSTED));
}

TEST_F(ConnectionVerifierTest, ResumesClientsAfterManyIntermediatesHaveComeAndGone) {
  const auto connection_verifier = MakeConnectionVerifier(PeerRole::kClient);
  for (int i = 0; i < 50; ++i) {
    const IssuedCertificate client = ClientBelow(absl::StrCat("sub CA ", i));
    ASSERT_THAT(connection_verifier->JudgeHandshake(LeafPem(client), client.CertificatePem(), ""), IsAccepted()) << i;
    ASSERT_THAT(connection_verifier->JudgeHandshake(LeafPem(client), "", ""), IsAccepted()) << i;
  }
  EXPECT_THAT(connection_verifier->JudgeHandshake(LeafPem(lab_.client()), "", ""), IsAccepted());
}

// Intermediates were once forgotten when there were more than a verifier takes at once, and good connections were
// drained.
TEST_F(ConnectionVerifierTest, KnowsTheIntermediatesOfEveryLiveConnectionAfterAChange) {
  std::shared_ptr<const PeerVerifier> verifier = MakeVerifier();
  ConnectionVerifier connection_verifier([&verifier] { return verifier; },
                                         {PeerRole::kClient, nullptr, nullptr, [this] { return now_.load(); }});
  std::vector<IssuedCertificate> clients;
  for (int i = 0; i < 100; ++i) {
    const TestCa upper = lab_.ca().Intermediate(absl::StrCat("upper CA ", i));
    const TestCa lower = upper.Intermediate(absl::StrCat("lower CA ", i));
    clients.push_back(lower.Issue({Lab::kClientIdentity}, lab_.client().key));
    ASSERT_THAT(connection_verifier.JudgeHandshake(LeafPem(clients[i]), clients[i].CertificatePem(), ""), IsAccepted())
        << i;
  }
  verifier = MakeVerifier(TestCa("another").RootPem());  // other roots, so that each path is built again
  for (const IssuedCertificate& client : clients) {
    EXPECT_EQ(connection_verifier.JudgeLive(connection_verifier.Recall(LeafPem(client), "").get()).reason,
              v1::ACCEPTED);
    EXPECT_THAT(connection_verifier.JudgeHandshake(LeafPem(client), "", ""), IsAccepted());
  }
}

// A known path may accept a leaf; it never refuses one.
TEST_F(ConnectionVerifierTest, FindsAnotherPathForAKnownLeafWhenItsFirstIsRevoked) {
  std::shared_ptr<const PeerVerifier> verifier = MakeVerifier();
  ConnectionVerifier connection_verifier([&verifier] { return verifier; },
                                         {PeerRole::kClient, nullptr, nullptr, [this] { return now_.load(); }});
  const TestCa above = lab_.ca().Intermediate("above");
  const TestCa issuing = above.Intermediate("issuing");
  const IssuedCertificate client = issuing.Issue({Lab::kClientIdentity}, lab_.client().key);
  ASSERT_THAT(connection_verifier.JudgeHandshake(LeafPem(client), client.CertificatePem(), ""), IsAccepted());
  verifier = MakeVerifierThatRevokes(above);
  EXPECT_THAT(connection_verifier.JudgeHandshake(LeafPem(client), client.CertificatePem(), ""),
              IsRefusedFor(v1::PIN_REVOKED));
  EXPECT_THAT(connection_verifier.JudgeHandshake(LeafPem(client), CertifiedByTheRoot(issuing, "issuing"), ""),
              IsAccepted());
}

// Once, the chain of a known leaf was not read, so that its new certificates were missing at the next change.
TEST_F(ConnectionVerifierTest, LearnsFromTheNewChainOfAKnownLeaf) {
  std::shared_ptr<const PeerVerifier> verifier = MakeVerifier();
  ConnectionVerifier connection_verifier([&verifier] { return verifier; },
                                         {PeerRole::kClient, nullptr, nullptr, [this] { return now_.load(); }});
  const TestCa above = lab_.ca().Intermediate("above");
  const TestCa issuing = above.Intermediate("issuing");
  const IssuedCertificate client = issuing.Issue({Lab::kClientIdentity}, lab_.client().key);
  ASSERT_THAT(connection_verifier.JudgeHandshake(LeafPem(client), client.CertificatePem(), ""), IsAccepted());
  ASSERT_THAT(connection_verifier.JudgeHandshake(LeafPem(client), CertifiedByTheRoot(issuing, "issuing"), ""),
              IsAccepted());
  verifier = MakeVerifierThatRevokes(above);
  EXPECT_EQ(connection_verifier.JudgeLive(connection_verifier.Recall(LeafPem(client), "").get()).reason, v1::ACCEPTED);
}

TEST_F(ConnectionVerifierTest, KnowsThePinsThatWereAcceptedUnderAName) {
  lab_.pin_set().mutable_peers()->RemoveLast();  // no peer lists the client, so that it may have any key
  std::shared_ptr<const PeerVerifier> verifier = MakeVerifier();
  ConnectionVerifier connection_verifier([&verifier] { return verifier; },
                                         {PeerRole::kClient, nullptr, nullptr, [this] { return now_.load(); }});
  x509::SubjectAltNames names;
  names.uris = {Lab::kClientIdentity};
  EXPECT_EQ(connection_verifier.PinsOf(names), "");
  EXPECT_EQ(connection_verifier.PinsOf({}), "");
  const IssuedCertificate first = lab_.ca().Issue({Lab::kClientIdentity});
  const IssuedCertificate second = lab_.ca().Issue({Lab::kClientIdentity});
  for (const IssuedCertificate& client : {first, second, first})
    connection_verifier.JudgeHandshake(LeafPem(client), "", "");
  EXPECT_EQ(connection_verifier.PinsOf(names), absl::StrCat(first.SpkiPin(), ",", second.SpkiPin()));
  verifier = MakeVerifier();
  EXPECT_EQ(connection_verifier.PinsOf(names), absl::StrCat(first.SpkiPin(), ",", second.SpkiPin()));
  EXPECT_TRUE(connection_verifier.JudgeLive(connection_verifier.Recall(LeafPem(second), "").get()).accepted());
  EXPECT_EQ(connection_verifier.PinsOf(names), second.SpkiPin());
}

TEST_F(ConnectionVerifierTest, RefusesAnEmptyCertificate) {
  EXPECT_THAT(MakeConnectionVerifier(PeerRole::kClient)->JudgeHandshake("", "", ""), IsRefusedFor(v1::NO_CERTIFICATE));
  EXPECT_THAT(
      MakeConnectionVerifier(PeerRole::kServer)->JudgeHandshake("", lab_.server().CertificatePem(), Lab::kServerHost),
      IsRefusedFor(v1::NO_CERTIFICATE));
}

TEST_F(ConnectionVerifierTest, RefusesMalformedPem) {
  const auto connection_verifier = MakeConnectionVerifier(PeerRole::kClient);
  const std::string good = LeafPem(lab_.client());
  for (const std::string& bad : {std::string("rubbish\n"), good.substr(0, good.size() / 2),
                                 lab_.client().PrivateKeyPem(), std::string("\0", 1)}) {
    EXPECT_THAT(connection_verifier->JudgeHandshake(bad, "", ""), IsRefusedFor(v1::MALFORMED_CERTIFICATE)) << bad;
    EXPECT_THAT(connection_verifier->JudgeHandshake(good, bad, ""), IsRefusedFor(v1::MALFORMED_CERTIFICATE)) << bad;
  }
  for (const HandshakeEvent& event : events_->handshakes()) {
    EXPECT_TRUE(std::all_of(event.text.begin(), event.text.end(), absl::ascii_isprint)) << event.text;
  }
}

TEST_F(ConnectionVerifierTest, RefusesAtInvalidTimes) {
  for (const absl::Time time : {absl::InfinitePast(), absl::InfiniteFuture(), absl::UnixEpoch()}) {
    now_ = time;
    EXPECT_FALSE(MakeConnectionVerifier(PeerRole::kClient)->JudgeHandshake(LeafPem(lab_.client()), "", "").accepted())
        << time;
  }
}

TEST_F(ConnectionVerifierTest, RechecksALiveConnectionWithoutReportingWhatIsKnown) {
  const auto connection_verifier = MakeConnectionVerifier(PeerRole::kServer);
  for (int i = 0; i < 3; ++i)
    EXPECT_THAT(connection_verifier->RecheckCall(LeafPem(lab_.server()), "", Lab::kServerHost), IsOk());
  EXPECT_THAT(events_->handshakes(), IsEmpty());
}

TEST_F(ConnectionVerifierTest, KeepsNoVerdictOfAClockThatWasAhead) {
  const absl::Time begin = now_.load() + absl::Hours(1);
  lab_.pin_set().mutable_peers(0)->mutable_pins(0)->mutable_not_before()->set_seconds(absl::ToUnixSeconds(begin));
  const auto connection_verifier = MakeConnectionVerifier(PeerRole::kServer);
  now_ = begin + absl::Hours(1);
  EXPECT_THAT(connection_verifier->RecheckCall(LeafPem(lab_.server()), "", Lab::kServerHost), IsOk());
  now_ = begin - absl::Minutes(1);
  EXPECT_THAT(connection_verifier->RecheckCall(LeafPem(lab_.server()), "", Lab::kServerHost),
              testing::StatusIs(absl::StatusCode::kUnavailable, HasSubstr("PIN_NOT_YET_VALID: ")));
}

TEST_F(ConnectionVerifierTest, RefusesACallWithTheWholeExplanation) {
  const auto connection_verifier = MakeConnectionVerifier(PeerRole::kServer);
  const IssuedCertificate impostor = lab_.Impostor();
  const absl::Status status = connection_verifier->RecheckCall(LeafPem(impostor), "", Lab::kServerHost);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  ASSERT_THAT(events_->handshakes(), SizeIs(1));
  EXPECT_EQ(status.message(), absl::StrCat("refused by Pinion: ", events_->handshakes()[0].text));
  EXPECT_THAT(events_->handshakes()[0].text, HasSubstr(impostor.SpkiPin()));
  EXPECT_EQ(last_refusals_->For(Lab::kServerHost)->reason, v1::PIN_MISMATCH);
}

TEST_F(ConnectionVerifierTest, RefusesACallWithoutACertificate) {
  EXPECT_THAT(MakeConnectionVerifier(PeerRole::kServer)->RecheckCall("", "", Lab::kServerHost),
              testing::StatusIs(absl::StatusCode::kUnavailable, HasSubstr("NO_CERTIFICATE: ")));
}

TEST_F(ConnectionVerifierTest, JudgesEachHostOfAConnectionByItself) {
  const auto connection_verifier = MakeConnectionVerifier(PeerRole::kServer);
  EXPECT_THAT(connection_verifier->RecheckCall(LeafPem(lab_.server()), "", Lab::kServerHost), IsOk());
  EXPECT_THAT(connection_verifier->RecheckCall(LeafPem(lab_.server()), "", "other.test"),
              testing::StatusIs(absl::StatusCode::kUnavailable, HasSubstr("HOST_NOT_PINNED: \"other.test\"")));
  EXPECT_THAT(connection_verifier->RecheckCall(LeafPem(lab_.server()), "", Lab::kServerHost), IsOk());
}

TEST_F(ConnectionVerifierTest, StaysRightWhenItHasForgottenItsVerdicts) {
  const auto connection_verifier = MakeConnectionVerifier(PeerRole::kServer);
  EXPECT_THAT(connection_verifier->RecheckCall(LeafPem(lab_.server()), "", Lab::kServerHost), IsOk());
  for (int i = 0; i < 3000; ++i) {
    ASSERT_FALSE(connection_verifier->RecheckCall(LeafPem(lab_.server()), "", absl::StrCat("host", i, ".test")).ok());
  }
  EXPECT_THAT(connection_verifier->RecheckCall(LeafPem(lab_.server()), "", Lab::kServerHost), IsOk());
}

TEST_F(ConnectionVerifierTest, ReportsAChangeOnceForAnyNumberOfCalls) {
  const absl::Time end = now_.load() + absl::Hours(1);
  lab_.pin_set().mutable_peers(0)->mutable_pins(0)->mutable_not_after()->set_seconds(absl::ToUnixSeconds(end));
  const auto connection_verifier = MakeConnectionVerifier(PeerRole::kServer);
  const std::string leaf = LeafPem(lab_.server());
  EXPECT_THAT(connection_verifier->RecheckCall(leaf, "", Lab::kServerHost), IsOk());
  now_ = end;
  std::atomic<int> ready{0};
  std::vector<std::thread> callers;
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&] {
      ++ready;
      while (ready < 8) std::this_thread::yield();
      EXPECT_FALSE(connection_verifier->RecheckCall(leaf, "", Lab::kServerHost).ok());
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_THAT(ReportedReasons(), ElementsAre(v1::PIN_EXPIRED));
}

}  // namespace
}  // namespace pinion
