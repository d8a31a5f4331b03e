// What a process learns about its next identity from those that it is connected to.
#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/impl/client_unary_call.h>
#include <grpcpp/support/byte_buffer.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "pinion/testing/echo_server.h"
#include "pinion/workload.h"
#include "tests/e2e/conversation.h"
#include "tests/e2e/parties.h"

namespace pinion::testing {
namespace {

class AdoptionTest : public PartiesTest {
 protected:
  AdoptionTest() {
    WriteConfig("server", R"("next_identity": {"certificate_file": "next.pem", "private_key_file": "next-key.pem"},
        "trust": {"client_roots_file": "ca.pem"},
        "server": {"authorization_policy_file": "policy.json", "unlisted_clients": "ACCEPT"})");
    WriteConfig("client", R"("next_identity": {"certificate_file": "next.pem", "private_key_file": "next-key.pem"},
        "trust": {"server_roots_file": "ca.pem"})");
  }

  void WriteNext(const std::string& party, const IssuedCertificate& certificate) {
    certificate.WriteFiles((folder_ / party).string(), "next");
  }

  static std::shared_ptr<Workload> Make(const WorkloadOptions& options) { return OrDie(Workload::Create(options)); }

  // The number of processes of this peer in this state; 0 if there is no next identity.
  static int64_t Count(const Workload& workload, absl::string_view peer, AdoptionState state,
                       v1::Reason reason = v1::REASON_UNSPECIFIED) {
    const std::optional<AdoptionStatus> adoption = workload.Status().adoption;
    if (!adoption.has_value()) return 0;
    int64_t count = 0;
    for (const PeerAdoption& one : adoption->peers) {
      if (one.peer == peer && one.state == state && one.reason == reason) count += std::max<int64_t>(one.count, 1);
    }
    return count;
  }
  static bool Comes(const Workload& workload, absl::string_view peer, AdoptionState state,
                    v1::Reason reason = v1::REASON_UNSPECIFIED) {
    return WaitUntil([&] { return Count(workload, peer, state, reason) == 1; }, absl::Seconds(60));
  }
};

TEST_F(AdoptionTest, AClientWhoseNewPinSetListsTheNextKeySaysSoWhenItHasIt) {
  const EchoServer server(From("server"));
  const std::shared_ptr<Workload> client = Make(From("client"));
  const auto channel = lab_.CreateChannelTo(server.address(), *client);
  ASSERT_TRUE(Echo(channel).ok());
  EXPECT_FALSE(server.workload()->Status().adoption.has_value());

  const IssuedCertificate next = lab_.ca().Issue({Lab::kServerHost, Lab::kServerIdentity});
  WriteNext("server", next);
  ASSERT_TRUE(Comes(*server.workload(), "client", AdoptionState::kBehind, v1::PIN_MISMATCH));
  AdoptionStatus adoption = *server.workload()->Status().adoption;
  EXPECT_EQ(adoption.candidate, next.SpkiPin());
  EXPECT_EQ(adoption.blocking, 1);
  EXPECT_EQ(adoption.accepted_at, absl::InfiniteFuture());
  ASSERT_EQ(adoption.peers.size(), 1);
  EXPECT_TRUE(adoption.peers[0].is_listed);
  EXPECT_EQ(adoption.peers[0].pin_set_version, 1);

  WriteNext("server", lab_.server_backup());
  ASSERT_TRUE(Comes(*server.workload(), "client", AdoptionState::kAccepting));
  adoption = *server.workload()->Status().adoption;
  EXPECT_EQ(adoption.candidate, lab_.server_backup().SpkiPin());
  EXPECT_EQ(adoption.blocking, 0);

  WritePins("client", 2, "ACTIVE", "");
  ASSERT_TRUE(Comes(*server.workload(), "client", AdoptionState::kBehind, v1::PIN_MISMATCH));
  EXPECT_EQ(server.workload()->Status().adoption->peers[0].pin_set_version, 2);
  EXPECT_TRUE(Echo(channel).ok());
}

TEST_F(AdoptionTest, AServerSaysWhetherItWouldAcceptTheClientsNextKey) {
  const EchoServer server(From("server"));
  const std::shared_ptr<Workload> client = Make(From("client"));
  const auto channel = lab_.CreateChannelTo(server.address(), *client);
  ASSERT_TRUE(Echo(channel).ok());
  WriteNext("client", lab_.ca().Issue({Lab::kClientIdentity}));
  EXPECT_TRUE(Comes(*client, "server", AdoptionState::kBehind, v1::PIN_MISMATCH));
  WriteNext("client", lab_.ca().Issue({Lab::kClientIdentity}, lab_.client().key));
  EXPECT_TRUE(Comes(*client, "server", AdoptionState::kAccepting));
  WriteNext("client", lab_.client());  // which it presents already
  EXPECT_TRUE(WaitUntil([&] { return !client->Status().adoption.has_value(); }));
}

TEST_F(AdoptionTest, AProcessThatLeavesBehindIsWaitedForUntilAnotherTakesItsPlace) {
  WriteNext("server", lab_.server_backup());
  WritePins("client", 2, "ACTIVE", "");
  const EchoServer server(From("server"));
  EXPECT_TRUE(Comes(*server.workload(), "client", AdoptionState::kNeverSeen));
  {
    const std::shared_ptr<Workload> client = Make(From("client"));
    const auto channel = lab_.CreateChannelTo(server.address(), *client);
    ASSERT_TRUE(Echo(channel).ok());
    ASSERT_TRUE(Comes(*server.workload(), "client", AdoptionState::kBehind, v1::PIN_MISMATCH));
  }
  ASSERT_TRUE(Comes(*server.workload(), "client", AdoptionState::kGone, v1::PIN_MISMATCH));
  EXPECT_EQ(server.workload()->Status().adoption->blocking, 1);

  WritePins("client", 3, "ACTIVE", "BACKUP");
  const std::shared_ptr<Workload> client = Make(From("client"));
  const auto channel = lab_.CreateChannelTo(server.address(), *client);
  ASSERT_TRUE(Echo(channel).ok());
  ASSERT_TRUE(Comes(*server.workload(), "client", AdoptionState::kAccepting));
  EXPECT_EQ(server.workload()->Status().adoption->blocking, 0);
}

TEST_F(AdoptionTest, AClientThatDoesNotTakePartIsSilent) {
  WriteNext("server", lab_.server_backup());
  const EchoServer server(From("server"));
  WorkloadOptions options = From("client");
  options.adoption.exchange = v1::DISABLED;
  const std::shared_ptr<Workload> client = Make(options);
  const auto channel = lab_.CreateChannelTo(server.address(), *client);
  ASSERT_TRUE(Echo(channel).ok());
  EXPECT_TRUE(Comes(*server.workload(), "client", AdoptionState::kSilent));
  EXPECT_EQ(server.workload()->Status().adoption->blocking, 1);
}

TEST_F(AdoptionTest, AChannelOfCredentialsTakesPartIfItIsTold) {
  WriteNext("server", lab_.server_backup());
  std::optional<EchoServer> server(From("server"));
  const int port = server->port();
  const std::shared_ptr<Workload> client = Make(From("client"));
  const std::shared_ptr<grpc::Channel> channel = lab_.ChannelTo(server->address(), *client);
  ASSERT_TRUE(client->ReportAdoption(channel, Lab::kServerHost).ok());
  EXPECT_TRUE(Comes(*server->workload(), "client", AdoptionState::kNeverSeen));  // nothing connects it
  ASSERT_TRUE(Echo(channel).ok());
  EXPECT_TRUE(Comes(*server->workload(), "client", AdoptionState::kAccepting));
  // And on its next connection.
  server.reset();
  server.emplace(From("server"), port);
  EXPECT_TRUE(WaitUntil([&] { return Echo(channel).ok(); }, absl::Seconds(60)));
  EXPECT_TRUE(Comes(*server->workload(), "client", AdoptionState::kAccepting));
}

TEST_F(AdoptionTest, AServerThatDoesNotTakePartServesTheSame) {
  WriteNext("server", lab_.server_backup());
  WorkloadOptions options = From("server");
  options.adoption.exchange = v1::DISABLED;
  const EchoServer server(options);
  const std::shared_ptr<Workload> client = Make(From("client"));
  const auto channel = lab_.CreateChannelTo(server.address(), *client);
  EXPECT_TRUE(Echo(channel).ok());
  EXPECT_FALSE(server.workload()->Status().adoption.has_value());
}

TEST_F(AdoptionTest, APolicyThatDeniesEveryCallDoesNotKeepAClientFromAnswering) {
  Write("server", "policy.json",
        R"({"name": "none", "allow_rules": [{"name": "never", "request": {"paths": ["/no.Service/Call"]}}]})");
  WriteNext("server", lab_.server_backup());
  const EchoServer server(From("server", events_));
  const std::shared_ptr<Workload> client = Make(From("client"));
  const auto channel = lab_.CreateChannelTo(server.address(), *client);
  EXPECT_EQ(Echo(channel).error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_TRUE(Comes(*server.workload(), "client", AdoptionState::kAccepting));
}

grpc::StatusCode CodeOf(const std::shared_ptr<grpc::ChannelInterface>& channel, const char* path,
                        grpc_compression_algorithm compression = GRPC_COMPRESS_NONE) {
  const grpc::internal::RpcMethod method(path, grpc::internal::RpcMethod::NORMAL_RPC);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
  context.set_compression_algorithm(compression);
  const grpc::Slice nothing;
  const grpc::ByteBuffer request(&nothing, 1);
  grpc::ByteBuffer response;
  return grpc::internal::BlockingUnaryCall(channel.get(), method, &context, request, &response).error_code();
}

TEST_F(AdoptionTest, NothingButTheExchangeItselfIsAllowedWithoutARule) {
  Write("server", "policy.json",
        R"({"name": "none", "allow_rules": [{"name": "never", "request": {"paths": ["/no.Service/Call"]}}]})");
  WorkloadOptions options = From("server");
  const EchoServer server(options);
  options.adoption.exchange = v1::DISABLED;
  const EchoServer other(options);
  const std::shared_ptr<Workload> client = Make(From("client"));
  const auto channel = lab_.CreateChannelTo(server.address(), *client);
  EXPECT_NE(CodeOf(channel, "/pinion.v1.Adoption/Exchange"), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(CodeOf(channel, "/pinion.v1.Adoption/Exchange/"), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(CodeOf(channel, "/pinion.v1.Adoption/Other"), grpc::StatusCode::PERMISSION_DENIED);
  // A short message that is decompressed before it can be limited.
  EXPECT_EQ(CodeOf(channel, "/pinion.v1.Adoption/Exchange", GRPC_COMPRESS_GZIP), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(CodeOf(lab_.CreateChannelTo(other.address(), *client), "/pinion.v1.Adoption/Exchange"),
            grpc::StatusCode::PERMISSION_DENIED);
}

TEST_F(AdoptionTest, ClientsConnectAgainWhenTheServerHasAnotherCertificate) {
  WorkloadOptions options = From("client");
  options.drain_window = absl::Seconds(1);
  const EchoServer server(From("server"));
  const std::shared_ptr<Workload> client = Make(options);
  const auto channel = lab_.CreateChannelTo(server.address(), *client);
  Conversation conversation(channel);
  ASSERT_TRUE(conversation.Exchange());
  lab_.server_backup().WriteFiles((folder_ / "server").string(), "own");
  EXPECT_TRUE(WaitUntil(
      [&] {
        const std::vector<ConnectionStatus> connections = client->Status().connections;
        return std::any_of(connections.begin(), connections.end(), [&](const ConnectionStatus& connection) {
          return connection.presented_pin == lab_.server_backup().SpkiPin();
        });
      },
      absl::Seconds(60)));
  EXPECT_TRUE(conversation.Exchange());
}

TEST_F(AdoptionTest, AClientThatOpensAnExchangeAndSaysNothingIsSilent) {
  WriteNext("server", lab_.server_backup());
  const EchoServer server(From("server"));
  WorkloadOptions options = From("client");
  options.adoption.exchange = v1::DISABLED;
  const std::shared_ptr<Workload> client = Make(options);
  const std::shared_ptr<grpc::Channel> channel = lab_.ChannelTo(server.address(), *client);
  ASSERT_TRUE(Echo(channel).ok());
  grpc::CompletionQueue queue;
  grpc::ClientContext context;
  const auto call = grpc::GenericStub(channel).PrepareCall(&context, "/pinion.v1.Adoption/Exchange", &queue);
  call->StartCall(nullptr);
  void* tag = nullptr;
  bool ok = false;
  ASSERT_TRUE(queue.Next(&tag, &ok));
  EXPECT_TRUE(Comes(*server.workload(), "client", AdoptionState::kSilent));
  context.TryCancel();
  queue.Shutdown();
}

TEST_F(AdoptionTest, AnExchangeKeepsNoConnectionOpen) {
  WriteNext("server", lab_.server_backup());
  EchoServer server(From("server"));
  const std::shared_ptr<Workload> client = Make(From("client"));
  auto channel = lab_.CreateChannelTo(server.address(), *client);
  ASSERT_TRUE(Echo(channel).ok());
  ASSERT_TRUE(Comes(*server.workload(), "client", AdoptionState::kAccepting));
  channel.reset();
  EXPECT_TRUE(WaitUntil([&] { return server.workload()->Status().connections.empty(); }, absl::Seconds(60)));
}

}  // namespace
}  // namespace pinion::testing
