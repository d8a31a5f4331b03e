// The live connections of a revoked key are closed at once, whatever else changes at the same time: a table of every
// check that comes before the pins, for both sides, with the leaf's key revoked and with its CA's.
#include <gtest/gtest.h>

#include <string>
#include <tuple>

#include "pinion/testing/echo_server.h"
#include "pinion/x509/certificate.h"
#include "tests/e2e/conversation.h"
#include "tests/e2e/parties.h"

namespace pinion::testing {
namespace {

enum class Revoked { kLeaf, kIssuer };
enum class Besides { kNothing, kRootRemoved, kIdentityRenamed, kHostRemoved };

class RevocationTest : public PartiesTest, public ::testing::WithParamInterface<std::tuple<Revoked, Besides>> {
 protected:
  static constexpr char kIdentity[] = "spiffe://lab.test/other";
  static constexpr char kRenamed[] = "spiffe://lab.test/renamed";

  RevocationTest() {
    for (const char* party : {"server", "client"}) {
      WriteRoots(party, Besides::kNothing);
      WritePinFile(party, 1, /*revokes=*/false, Besides::kNothing);
    }
  }

  void WriteRoots(const std::string& party, Besides besides) {
    Write(party, "ca.pem", lab_.ca().RootPem() + (besides == Besides::kRootRemoved ? "" : peers_root_.RootPem()));
  }

  // Lists one peer, the other party, with its key or its CA's key revoked if `revokes`.
  void WritePinFile(const std::string& judge, int version, bool revokes, Besides besides) {
    const bool leaf = std::get<0>(GetParam()) == Revoked::kLeaf;
    const std::string key = LastPin(peer_.SpkiPin(), revokes && leaf ? "REVOKED" : "ACTIVE");
    const std::string issuer =
        revokes && !leaf
            ? absl::StrCat(R"(, {"issuer_spki": ")", x509::ToPinText(peers_issuer_.certificate().spki_digest()),
                           R"(", "state": "REVOKED"})")
            : "";
    Write(judge, "pins.json",
          absl::StrCat(R"({"version": )", version, R"(, "peers": [{"name": "other", "hosts": [")",
                       judge == "server" || besides == Besides::kHostRemoved ? "elsewhere.test" : Lab::kServerHost,
                       R"("], "identities": [")", besides == Besides::kIdentityRenamed ? kRenamed : kIdentity,
                       R"("], "pins": [)", key, issuer, ", ", Pin(spare_, "ACTIVE"), LastPin(spare_client_, "BACKUP"),
                       "]}]}"));
  }

  // Makes the operator's changes at `judge`. Each file is one rename; the party reads both before it verifies peers.
  void Revoke(const std::string& judge, Workload& workload) {
    const Besides besides = std::get<1>(GetParam());
    WriteRoots(judge, besides);
    WritePinFile(judge, 2, /*revokes=*/true, besides);
    workload.Reload();
  }

  // Checks the last event of the connection.
  void ExpectClosedAsRevoked() {
    ASSERT_TRUE(WaitUntil(
        [&] { return !events_->connections().empty() && events_->connections().back().reason == v1::PIN_REVOKED; }));
    EXPECT_TRUE(events_->connections().back().closed_immediately);
    EXPECT_EQ(events_->connections().back().presented_pin, peer_.SpkiPin());
  }

  // The peer is certified by another CA than the party that judges it, so that this party can drop that CA.
  const TestCa peers_root_{"The peer's CA"};
  const TestCa peers_issuer_ = peers_root_.Intermediate("The peer's issuing CA");
  const IssuedCertificate peer_ = peers_issuer_.Issue({Lab::kServerHost, kIdentity});
};

TEST_P(RevocationTest, AClientClosesTheConnectionOfARevokedServerAtOnce) {
  WorkloadOptions server_options = lab_.OptionsForServer(lab_.Impostor());
  server_options.certificate = DataSource::Text(peer_.CertificatePem());
  server_options.private_key = DataSource::Text(peer_.PrivateKeyPem());
  const EchoServer server(server_options);
  WorkloadOptions options = From("client", events_);
  options.drain_window = absl::Hours(1);
  const auto workload = OrDie(Workload::Create(options));
  const auto channel = lab_.CreateChannelTo(server.address(), *workload);
  Conversation conversation(channel);
  ASSERT_TRUE(conversation.Exchange());
  Revoke("client", *workload);
  EXPECT_EQ(conversation.End().error_code(), grpc::StatusCode::UNAVAILABLE);
  ExpectClosedAsRevoked();
}

TEST_P(RevocationTest, AServerClosesTheConnectionOfARevokedClientAtOnce) {
  WorkloadOptions options = From("server", events_);
  options.drain_window = absl::Hours(1);
  options.server->unlisted_clients = v1::REFUSE;
  const EchoServer server(options);
  WorkloadOptions client = lab_.OptionsForClient(lab_.client());
  const IssuedCertificate with_identity_alone = peers_issuer_.Issue({kIdentity}, peer_.key);
  client.certificate = DataSource::Text(with_identity_alone.CertificatePem());
  client.private_key = DataSource::Text(peer_.PrivateKeyPem());
  Conversation conversation(lab_.ChannelTo(server.address(), client));
  ASSERT_TRUE(conversation.Exchange());
  Revoke("server", *server.workload());
  EXPECT_EQ(conversation.End().error_code(), grpc::StatusCode::UNAVAILABLE);
  ExpectClosedAsRevoked();
}

INSTANTIATE_TEST_SUITE_P(WhateverElseChanges, RevocationTest,
                         ::testing::Combine(::testing::Values(Revoked::kLeaf, Revoked::kIssuer),
                                            ::testing::Values(Besides::kNothing, Besides::kRootRemoved,
                                                              Besides::kIdentityRenamed, Besides::kHostRemoved)));

}  // namespace
}  // namespace pinion::testing
