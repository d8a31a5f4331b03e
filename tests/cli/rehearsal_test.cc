// What a rehearsal says about handshakes that are hard to make with the tool.
#include "tools/pinion/rehearsal/rehearsal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pinion/testing/matchers.h"
#include "pinion/testing/or_die.h"
#include "pinion/testing/test_ca.h"
#include "pinion/x509/pki/recipe.h"

namespace pinion::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::IsOk;
using testing::IssuedCertificate;
using testing::OrDie;
using ::testing::SizeIs;
using testing::StatusIs;
using testing::TestCa;

class RehearsalTest : public ::testing::Test {
 protected:
  RehearsalTest() {
    recording_.client_roots = ca_.RootPem() + other_ca_.RootPem();
    proposal_.time = ca_.now();
    pin_set_.set_version(2);
    AddPeer("orders", "spiffe://test/orders", orders_.SpkiPin());
  }

  void AddPeer(const std::string& name, const std::string& identity, const std::string& pin) {
    v1::Peer* const peer = pin_set_.add_peers();
    peer->set_name(name);
    peer->add_identities(identity);
    for (const auto& [spki, state] : {std::pair{pin, v1::ACTIVE}, {ca_.Issue({"x.test"}).SpkiPin(), v1::BACKUP}}) {
      v1::Pin* const added = peer->add_pins();
      added->set_spki(spki);
      added->set_state(state);
    }
  }
  void Record(const std::string& chain, const std::string& peer, v1::UnlistedClients unlisted_clients = v1::REFUSE) {
    v1::RecordedHandshake handshake;
    handshake.set_side(v1::SERVES);
    handshake.set_chain(chain);
    handshake.set_reason(v1::ACCEPTED);
    handshake.set_peer(peer);
    handshake.set_unlisted_clients(unlisted_clients);
    recording_.handshakes.push_back(handshake);
  }
  Rehearsal Rehearsed() {
    proposal_.pin_set = OrDie(PinSet::FromProto(pin_set_));
    Rehearsal rehearsal(proposal_);
    EXPECT_THAT(rehearsal.Add(recording_, "folder"), IsOk());
    return rehearsal;
  }
  x509::TrustRoots Roots(const TestCa& ca) const { return OrDie(x509::TrustRoots::FromPem(ca.RootPem())); }

  const TestCa ca_{"CA"};
  const TestCa other_ca_{"other CA"};
  const IssuedCertificate orders_ = ca_.Issue({"spiffe://test/orders"});
  v1::PinSet pin_set_;
  Recording recording_;
  Proposal proposal_;
};

// gRPC's check with OpenSSL comes before Pinion's, takes the first issuer that fits, and so refuses a chain that
// Pinion's own path search accepts.
TEST_F(RehearsalTest, AChainThatOnlyPinionWouldAcceptIsRefused) {
  const TestCa issuer = ca_.Intermediate("issuer");
  const std::string cross = x509::EncodePem(
      OrDie(x509::IssueCertificate(x509::CaRecipe("issuer", ca_.now()), issuer.issuer().key, &other_ca_.issuer())));
  const IssuedCertificate leaf = issuer.Issue({"spiffe://test/orders"}, orders_.key);
  Record(x509::EncodePem(leaf.chain[0]) + cross + x509::EncodePem(leaf.chain[1]), "orders");
  EXPECT_THAT(Rehearsed().Changes(), IsEmpty());
  proposal_.client_roots = Roots(ca_);
  const std::vector<PeerChange> changes = Rehearsed().Changes();
  ASSERT_THAT(changes, SizeIs(1));
  EXPECT_EQ(changes[0].outcome, Outcome::kNewlyRefused);
  EXPECT_EQ(changes[0].reason, "CHAIN_UNTRUSTED");
  EXPECT_THAT(changes[0].text, HasSubstr("gRPC"));
  // With the roots that were recorded, it has passed that check.
  proposal_.client_roots.reset();
  recording_.client_roots = ca_.RootPem();
  EXPECT_THAT(Rehearsed().Changes(), IsEmpty());
}

TEST_F(RehearsalTest, UnlistedClientsAreJudgedAsTheirServerDoes) {
  const std::string batch = ca_.Issue({"spiffe://test/batch"}).CertificatePem();
  Record(batch, "", v1::ACCEPT);
  EXPECT_THAT(Rehearsed().Changes(), IsEmpty());
  Record(batch, "", v1::REFUSE);
  const std::vector<PeerChange> changes = Rehearsed().Changes();
  ASSERT_THAT(changes, SizeIs(1));
  EXPECT_EQ(changes[0].reason, "IDENTITY_NOT_PINNED");
  EXPECT_EQ(changes[0].peer, "spiffe://test/batch");
  // A pin set that lists the client asks for its pin.
  recording_.handshakes.pop_back();
  AddPeer("batch", "spiffe://test/batch", ca_.Issue({"y.test"}).SpkiPin());
  ASSERT_THAT(Rehearsed().Changes(), SizeIs(1));
  EXPECT_EQ(Rehearsed().Changes()[0].reason, "PIN_MISMATCH");
}

TEST_F(RehearsalTest, PeersThatDifferInNothingAreCounted) {
  for (int i = 0; i < 3; ++i) Record(ca_.Issue({"spiffe://test/orders"}).CertificatePem(), "orders");
  Record(orders_.CertificatePem(), "orders");
  const Rehearsal rehearsal = Rehearsed();
  ASSERT_THAT(rehearsal.Changes(), SizeIs(1));
  EXPECT_EQ(rehearsal.Changes()[0].count, 3);
  EXPECT_EQ(rehearsal.CountOf(Outcome::kNewlyRefused), 3);
  EXPECT_EQ(rehearsal.judged(), 4);
}

TEST_F(RehearsalTest, APinSetThatEndsRefusesLater) {
  Record(orders_.CertificatePem(), "orders");
  const absl::Time end = proposal_.time + absl::Hours(1);
  pin_set_.mutable_expires()->set_seconds(absl::ToUnixSeconds(end));
  const std::vector<PeerChange> changes = Rehearsed().Changes();
  ASSERT_THAT(changes, SizeIs(1));
  EXPECT_EQ(changes[0].outcome, Outcome::kRefusedLater);
  EXPECT_EQ(changes[0].reason, "PIN_SET_EXPIRED");
  EXPECT_EQ(changes[0].from, absl::FromUnixSeconds(absl::ToUnixSeconds(end)));
}

TEST_F(RehearsalTest, APinSetThatEndsAfterAnotherChangeRefusesLaterToo) {
  Record(orders_.CertificatePem(), "orders");
  const absl::Time end = proposal_.time + absl::Hours(2);
  pin_set_.mutable_expires()->set_seconds(absl::ToUnixSeconds(end));
  pin_set_.mutable_peers(0)->mutable_report_only_until()->set_seconds(
      absl::ToUnixSeconds(proposal_.time + absl::Hours(1)));
  ASSERT_THAT(Rehearsed().Changes(), SizeIs(1));
  EXPECT_EQ(Rehearsed().Changes()[0].reason, "PIN_SET_EXPIRED");
}

// A job that runs each week has no valid certificate between its runs.
TEST_F(RehearsalTest, ACertificateThatIsNotValidIsJudgedForTheNearestTimeWhenItIs) {
  Record(ca_.Issue({"spiffe://test/orders"}).CertificatePem(), "orders");
  for (const absl::Duration when : {absl::Hours(24 * 365 * 200), -absl::Hours(24 * 365)}) {
    proposal_.time = ca_.now() + when;
    const Rehearsal rehearsal = Rehearsed();
    EXPECT_EQ(rehearsal.judged(), 1);
    EXPECT_EQ(rehearsal.expired(), 1);
    ASSERT_THAT(rehearsal.Changes(), SizeIs(1));
    EXPECT_EQ(rehearsal.Changes()[0].reason, "PIN_MISMATCH");
  }
}

TEST_F(RehearsalTest, AKeyThatIsNoLongerSeenIsLeftOut) {
  Record(ca_.Issue({"spiffe://test/orders"}).CertificatePem(), "orders");
  recording_.handshakes[0].mutable_last_seen()->set_seconds(absl::ToUnixSeconds(ca_.now()) - 60);
  proposal_.seen_since = ca_.now();
  EXPECT_THAT(Rehearsed().Changes(), IsEmpty());
  EXPECT_EQ(Rehearsed().left_out(), 1);
  proposal_.seen_since = ca_.now() - absl::Seconds(61);
  ASSERT_THAT(Rehearsed().Changes(), SizeIs(1));
  EXPECT_EQ(absl::ToUnixSeconds(Rehearsed().Changes()[0].last_seen), absl::ToUnixSeconds(ca_.now()) - 60);
}

// All peers have been refused since the pin set ended, and the next one must not be taken for harmless.
TEST_F(RehearsalTest, APeerThatAnExpiredPinSetRefusedCountsAsAccepted) {
  Record(ca_.Issue({"spiffe://test/orders"}).CertificatePem(), "orders");
  recording_.handshakes[0].set_reason(v1::PIN_SET_EXPIRED);
  EXPECT_EQ(Rehearsed().CountOf(Outcome::kNewlyRefused), 1);
}

TEST_F(RehearsalTest, ReportOnlyLetsInUntilItEnds) {
  Record(ca_.Issue({"spiffe://test/orders"}).CertificatePem(), "orders");
  const absl::Time end = absl::FromUnixSeconds(absl::ToUnixSeconds(proposal_.time + absl::Hours(1)));
  pin_set_.mutable_peers(0)->mutable_report_only_until()->set_seconds(absl::ToUnixSeconds(end));
  const std::vector<PeerChange> changes = Rehearsed().Changes();
  ASSERT_THAT(changes, SizeIs(1));
  EXPECT_EQ(changes[0].outcome, Outcome::kRefusedLater);
  EXPECT_EQ(changes[0].reason, "PIN_MISMATCH");
  EXPECT_EQ(changes[0].from, end);
}

TEST_F(RehearsalTest, RootsThatAreNoCertificatesAreNamedWithTheirFile) {
  Record(orders_.CertificatePem(), "orders");
  recording_.client_roots = "x";
  proposal_.pin_set = OrDie(PinSet::FromProto(pin_set_));
  EXPECT_THAT(Rehearsal(proposal_).Add(recording_, "folder"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("folder/client_roots.pem: ")));
  proposal_.client_roots = Roots(ca_);
  EXPECT_THAT(Rehearsal(proposal_).Add(recording_, "folder"), IsOk());
}

TEST_F(RehearsalTest, ALeafThatIsNoCertificateIsStillRefusedAsBefore) {
  Record("-----BEGIN CERTIFICATE-----\nMAMCAQA=\n-----END CERTIFICATE-----\n", "");
  recording_.handshakes.back().set_reason(v1::MALFORMED_CERTIFICATE);
  EXPECT_THAT(Rehearsed().Changes(), IsEmpty());
}

}  // namespace
}  // namespace pinion::cli
