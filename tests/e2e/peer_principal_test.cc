// "peer:NAME" in a policy is a key that matched a pin of that peer, not a name in a certificate.
#include <grpcpp/create_channel.h>

#include "pinion/testing/echo_server.h"
#include "tests/e2e/conversation.h"
#include "tests/e2e/parties.h"

namespace pinion::testing {
namespace {

class PeerPrincipalTest : public PartiesTest {
 protected:
  // The policy allows streams to all, and unary calls to the peer "client" alone.
  PeerPrincipalTest() {
    Write("server", "policy.json", R"({"name": "peers", "allow_rules": [
        {"name": "streams", "request": {"paths": ["/pinion.v1.Echo/BidirectionalEcho"]}},
        {"name": "client-alone", "source": {"principals": ["peer:client"]}}]})");
  }

  WorkloadOptions Options() {
    WorkloadOptions options = From("server", events_);
    options.drain_window = absl::Hours(1);
    options.server->unlisted_clients = v1::ACCEPT;
    return options;
  }
  // The server's pin file: its own peer, and `client`.
  void WritePinsWith(int version, const std::string& client) {
    Write("server", "pins.json",
          absl::StrCat(R"({"version": )", version,
                       R"(, "peers": [{"name": "server", "hosts": ["server.test"], "pins": [)",
                       Pin(lab_.server().SpkiPin(), "ACTIVE"), LastPin(lab_.server_backup().SpkiPin(), "BACKUP"), "]}",
                       client, "]}"));
  }
  std::string ClientPeer(const std::string& member = "") const {
    return absl::StrCat(R"(, {"name": "client", "identities": [")", Lab::kClientIdentity, R"("], )", member,
                        R"("pins": [)", Pin(lab_.client().SpkiPin(), "ACTIVE"), LastPin(spare_client_, "BACKUP"), "]}");
  }
  std::shared_ptr<grpc::Channel> Dial(const EchoServer& server, const IssuedCertificate& as) {
    return lab_.ChannelTo(server.address(), lab_.OptionsForClient(as));
  }
  static bool IsDenied(const grpc::Status& status) {
    return status.error_code() == grpc::StatusCode::PERMISSION_DENIED;
  }

  // Has the client's names and CA, but another key.
  const IssuedCertificate impostor_ = lab_.ca().Issue({Lab::kClientIdentity});
};

// Such a connection was once drained, and counted as the peer for the whole drain window.
TEST_F(PeerPrincipalTest, AnImpostorThatConnectedBeforeThePeerWasListedIsClosedAtOnce) {
  WritePinsWith(1, "");
  const EchoServer server(Options());
  const auto channel = Dial(server, impostor_);
  Conversation conversation(channel);
  ASSERT_TRUE(conversation.Exchange());
  EXPECT_TRUE(IsDenied(Echo(channel)));
  WritePinsWith(2, ClientPeer());
  server.workload()->Reload();
  EXPECT_EQ(conversation.End().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_FALSE(Echo(channel).ok());
  ASSERT_EQ(events_->connections().size(), 1);
  EXPECT_EQ(events_->connections()[0].reason, v1::PIN_MISMATCH);
  EXPECT_TRUE(events_->connections()[0].closed_immediately);
}

TEST_F(PeerPrincipalTest, TheLegitimateClientThatConnectedBeforeThePeerWasListedStaysAndIsThePeer) {
  WritePinsWith(1, "");
  const EchoServer server(Options());
  const auto channel = Dial(server, lab_.client());
  Conversation conversation(channel);
  ASSERT_TRUE(conversation.Exchange());
  EXPECT_TRUE(IsDenied(Echo(channel)));
  WritePinsWith(2, ClientPeer());
  server.workload()->Reload();
  EXPECT_THAT(Echo(channel), IsOk());
  EXPECT_TRUE(conversation.Exchange());
  EXPECT_TRUE(events_->connections().empty());
}

TEST_F(PeerPrincipalTest, ReportOnlyGivesNoRights) {
  WritePinsWith(1, ClientPeer(absl::FormatTime(R"("report_only_until": "%Y-%m-%dT%H:%M:%SZ", )",
                                               absl::Now() + absl::Hours(1), absl::UTCTimeZone())));
  const EchoServer server(Options());
  const auto legitimate = Dial(server, lab_.client());
  EXPECT_THAT(Echo(legitimate), IsOk());
  {
    const auto channel = Dial(server, impostor_);
    Conversation conversation(channel);
    ASSERT_TRUE(conversation.Exchange());  // its key is reported, and its connection accepted
    EXPECT_TRUE(IsDenied(Echo(channel)));
    // gRPC reports the names in a call's certificate, but not its key.
    EXPECT_TRUE(IsDenied(Echo(legitimate)));
    ASSERT_TRUE(WaitUntil([&] { return !events_->audits().empty(); }));
    EXPECT_EQ(events_->audits().front().peer, "");
  }
}

TEST_F(PeerPrincipalTest, AKeyWhosePinWasRemovedIsThePeerWhileItIsDrained) {
  const EchoServer server(Options());
  const auto channel = Dial(server, lab_.client());
  EXPECT_THAT(Echo(channel), IsOk());
  WritePins("server", 2, "ACTIVE", "BACKUP", "");
  server.workload()->Reload();
  EXPECT_THAT(Echo(channel), IsOk());
  ASSERT_EQ(events_->connections().size(), 1);
  EXPECT_EQ(events_->connections()[0].reason, v1::PIN_MISMATCH);
  EXPECT_FALSE(events_->connections()[0].closed_immediately);
}

TEST_F(PeerPrincipalTest, AnImpostorIsClosedAtOnceThoughAnEarlierCheckFailsInTheSameEdit) {
  WritePinsWith(1, "");
  const TestCa another("Another CA");
  Write("server", "ca.pem", lab_.ca().RootPem() + another.RootPem());
  const EchoServer server(Options());
  const IssuedCertificate impostor = another.Issue({Lab::kClientIdentity});
  WorkloadOptions as_impostor = lab_.OptionsForClient(impostor_);
  as_impostor.certificate = DataSource::Text(impostor.CertificatePem());
  as_impostor.private_key = DataSource::Text(impostor.PrivateKeyPem());
  const auto channel = lab_.ChannelTo(server.address(), as_impostor);
  Conversation conversation(channel);
  ASSERT_TRUE(conversation.Exchange());
  Write("server", "ca.pem", lab_.ca().RootPem());
  WritePinsWith(2, ClientPeer());
  server.workload()->Reload();
  EXPECT_EQ(conversation.End().error_code(), grpc::StatusCode::UNAVAILABLE);
}

}  // namespace
}  // namespace pinion::testing
