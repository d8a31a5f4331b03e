// How changes affect the live connections of a server that listens through Listen.
#include <gmock/gmock.h>

#include <atomic>
#include <future>

#include "pinion/base/steady_clock.h"
#include "pinion/testing/echo_server.h"
#include "pinion/workload.h"
#include "tests/e2e/conversation.h"
#include "tests/e2e/parties.h"

namespace pinion::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class ListenTest : public PartiesTest {
 protected:
  WorkloadOptions Options(absl::Duration drain_window) {
    WorkloadOptions options = From("server", events_);
    options.drain_window = drain_window;
    return options;
  }
  // Waits until the status lists so many connections.
  static bool Lists(const Workload& workload, size_t connections) {
    return WaitUntil([&] { return workload.Status().connections.size() == connections; });
  }
  // The client does not read the changed files, so every effect comes from the server.
  std::shared_ptr<grpc::Channel> Dial(const std::string& address) { return lab_.ChannelTo(address); }
};

TEST_F(ListenTest, ARevokedClientIsClosedWithItsStreams) {
  const EchoServer server(Options(absl::Hours(1)));
  const auto channel = Dial(server.address());
  Conversation conversation(channel);
  ASSERT_TRUE(conversation.Exchange());
  WritePins("server", 2, "ACTIVE", "BACKUP", "REVOKED");
  EXPECT_EQ(conversation.End().error_code(), grpc::StatusCode::UNAVAILABLE);
  ASSERT_TRUE(WaitUntil([&] { return !events_->connections().empty(); }));  // the event follows the closing
  EXPECT_EQ(events_->connections().size(), 1);
  const ConnectionEvent event = events_->connections().front();
  EXPECT_EQ(event.side, Side::kServer);
  EXPECT_EQ(event.reason, v1::PIN_REVOKED);
  EXPECT_EQ(event.peer, "client");
  EXPECT_EQ(event.presented_pin, lab_.client().SpkiPin());
  EXPECT_TRUE(event.closed_immediately);
  // The client reconnects, and its handshake is refused. The first call may still fail with the closed connection.
  EXPECT_TRUE(WaitUntil([&] {
    EXPECT_FALSE(Echo(channel).ok());
    return events_->handshakes().back().reason == v1::PIN_REVOKED;
  }));
}

TEST_F(ListenTest, ARevokedIdleClientIsClosedToo) {
  const EchoServer server(Options(absl::Hours(1)));
  const auto channel = Dial(server.address());
  ASSERT_TRUE(channel->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(10)));
  WritePins("server", 2, "ACTIVE", "BACKUP", "REVOKED");
  server.workload()->Reload();
  EXPECT_TRUE(WaitUntil([&] { return channel->GetState(false) != GRPC_CHANNEL_READY; }));
}

TEST_F(ListenTest, AClientWithARemovedPinIsDrainedAndClosedAfterTheWindow) {
  PatientEcho echo;
  const TestServer server(Options(absl::Seconds(1)), {&echo});
  const auto channel = Dial(server.address());
  std::future<grpc::Status> call = std::async(std::launch::async, [&] { return Echo(channel); });
  echo.entered.WaitForNotification();
  Conversation conversation(channel);
  ASSERT_TRUE(conversation.Exchange());
  WritePins("server", 2, "ACTIVE", "BACKUP", "");
  server.workload()->Reload();
  ASSERT_EQ(events_->connections().size(), 1);
  EXPECT_EQ(events_->connections().front().reason, v1::PIN_MISMATCH);
  EXPECT_FALSE(events_->connections().front().closed_immediately);
  echo.answer.Notify();
  EXPECT_THAT(call.get(), IsOk());
  EXPECT_EQ(conversation.End().error_code(), grpc::StatusCode::UNAVAILABLE);
}

// Once, each client had to reconnect once per drain window, so that the server could drain; gRPC lost calls by that.
TEST_F(ListenTest, NoConnectionAgesByItself) {
  const EchoServer server(Options(absl::Milliseconds(50)));
  const auto channel = lab_.CreateChannelTo(server.address(), lab_.OptionsForClient(lab_.client()));
  const auto foreign = Dial(server.address());
  const absl::Time end = SteadyNow() + absl::Seconds(1);
  while (SteadyNow() < end) {
    ASSERT_THAT(Echo(channel), IsOk());
    ASSERT_THAT(Echo(foreign), IsOk());
  }
  EXPECT_EQ(events_->handshakes().size(), 2);
}

TEST_F(ListenTest, WithAMaxConnectionAgeLiveClientsMeetAReplacedCertificate) {
  WorkloadOptions options = Options(absl::Hours(1));
  options.server->max_connection_age = absl::Milliseconds(500);
  const EchoServer server(options);
  const auto channel = lab_.ChannelTo(server.address());
  ASSERT_THAT(Echo(channel), IsOk());
  WriteParty("server", lab_.server_backup());
  EXPECT_TRUE(WaitUntil([&] {
    const grpc::Status status = Echo(channel);
    EXPECT_THAT(status, IsOk());
    const HandshakeEvent last = lab_.client_events().handshakes().back();
    return !status.ok() || last.presented_pin == lab_.server_backup().SpkiPin();
  }));
}

TEST_F(ListenTest, DrainAsksClientsToLeaveAndWaitsForTheirCalls) {
  PatientEcho echo;
  grpc::ServerBuilder builder;
  const auto workload = OrDie(Workload::Create(Options(absl::Hours(1))));
  const auto listener = OrDie(workload->Listen(builder, "127.0.0.1:0"));
  builder.RegisterService(&echo);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  const auto channel = Dial(absl::StrCat("127.0.0.1:", listener->port()));
  std::future<grpc::Status> call = std::async(std::launch::async, [&] { return Echo(channel); });
  echo.entered.WaitForNotification();
  EXPECT_FALSE(listener->Drain(*server, absl::Milliseconds(200)));
  EXPECT_TRUE(WaitUntil([&] { return channel->GetState(false) == GRPC_CHANNEL_IDLE; })) << "the client was not asked";
  echo.answer.Notify();
  EXPECT_THAT(call.get(), IsOk());
  EXPECT_TRUE(listener->Drain(*server, absl::Seconds(10)));
  server->Shutdown();
}

TEST_F(ListenTest, LiveConnectionsAreStillVerifiedAfterStop) {
  EchoService echo;
  grpc::ServerBuilder builder;
  const auto workload = OrDie(Workload::Create(Options(absl::Hours(1))));
  const auto listener = OrDie(workload->Listen(builder, "127.0.0.1:0"));
  builder.RegisterService(&echo);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  const auto channel = Dial(absl::StrCat("127.0.0.1:", listener->port()));
  Conversation conversation(channel);
  ASSERT_TRUE(conversation.Exchange());
  listener->Stop();
  EXPECT_TRUE(conversation.Exchange());
  WritePins("server", 2, "ACTIVE", "BACKUP", "REVOKED");
  EXPECT_EQ(conversation.End().error_code(), grpc::StatusCode::UNAVAILABLE);
  server->Shutdown(std::chrono::system_clock::now());
}

TEST_F(ListenTest, StatusShowsEachConnection) {
  const EchoServer server(Options(absl::Hours(1)));
  const EchoServer another(lab_.OptionsForServer(lab_.server()));  // another server in this process
  Conversation elsewhere(Dial(another.address()));
  ASSERT_TRUE(elsewhere.Exchange());
  const auto channel = Dial(server.address());
  Conversation first(channel);
  Conversation second(channel);
  ASSERT_TRUE(first.Exchange());
  ASSERT_TRUE(second.Exchange());
  std::vector<ConnectionStatus> connections;
  ASSERT_TRUE(WaitUntil([&] {
    connections = server.workload()->Status().connections;
    return connections.size() == 1 && connections[0].calls_in_flight == 2;  // without the exchange
  }));
  EXPECT_EQ(connections[0].peer, "client");
  EXPECT_EQ(connections[0].presented_pin, lab_.client().SpkiPin());
  EXPECT_EQ(connections[0].reason, v1::ACCEPTED);
  EXPECT_LE(connections[0].since, absl::Now());
}

// Once, a status query verified all connections and closed some.
TEST_F(ListenTest, StatusChangesNothing) {
  std::atomic<int> hours{0};
  WorkloadOptions options = Options(absl::ZeroDuration());
  options.clock = [&hours] { return absl::Now() + absl::Hours(hours.load()); };
  const EchoServer server(options);
  Conversation conversation(Dial(server.address()));
  ASSERT_TRUE(conversation.Exchange());
  ASSERT_TRUE(Lists(*server.workload(), 1));
  hours = -2;  // the certificates are valid from an hour ago
  EXPECT_EQ(server.workload()->Status().connections.front().reason, v1::ACCEPTED);
  EXPECT_TRUE(events_->connections().empty());
  EXPECT_TRUE(conversation.Exchange());
}

// Two servers on one port number once mistook each other's connections for their own: one verified the other's clients
// against its own pins and closed their streams.
TEST_F(ListenTest, TwoServersOnOnePortNumberOfTwoAddressesKnowTheirOwnConnections) {
  const EchoServer first(Options(absl::Seconds(1)));
  EchoService echo;
  grpc::ServerBuilder builder;
  WorkloadOptions others = lab_.OptionsForServer(lab_.server());
  others.drain_window = absl::Seconds(1);
  const auto other = OrDie(Workload::Create(others));
  const auto listener = OrDie(other->Listen(builder, absl::StrCat("127.0.0.2:", first.port())));
  builder.RegisterService(&echo);
  const std::unique_ptr<grpc::Server> second = builder.BuildAndStart();
  Conversation with_first(Dial(first.address()));
  Conversation with_second(Dial(absl::StrCat("127.0.0.2:", listener->port())));
  ASSERT_TRUE(with_first.Exchange());
  ASSERT_TRUE(with_second.Exchange());
  EXPECT_TRUE(Lists(*first.workload(), 1));
  EXPECT_TRUE(Lists(*other, 1));
  WritePins("server", 2, "ACTIVE", "BACKUP", "REVOKED");
  EXPECT_EQ(with_first.End().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_TRUE(with_second.Exchange());
  EXPECT_TRUE(lab_.server_events().connections().empty());
  listener->Stop();
  second->Shutdown(std::chrono::system_clock::now());
}

// A graceful restart in one process.
TEST_F(ListenTest, AServerThatDrainsAndItsSuccessorOnThePortKnowTheirOwnConnections) {
  const auto workload = OrDie(Workload::Create(lab_.OptionsForServer(lab_.server())));
  EchoService echo;
  grpc::ServerBuilder builder;
  const auto listener = OrDie(workload->Listen(builder, "127.0.0.1:0"));
  builder.RegisterService(&echo);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  Conversation before(Dial(absl::StrCat("127.0.0.1:", listener->port())));
  ASSERT_TRUE(before.Exchange());
  listener->Stop();
  WritePins("server", 1, "ACTIVE", "BACKUP", "REVOKED");  // which the old server does not read
  const EchoServer successor(Options(absl::Seconds(1)), listener->port());
  EXPECT_FALSE(Echo(Dial(successor.address())).ok());
  successor.workload()->Reload();  // verifies all connections again
  EXPECT_TRUE(successor.workload()->Status().connections.empty());
  EXPECT_TRUE(before.Exchange());
  EXPECT_TRUE(events_->connections().empty());
  EXPECT_TRUE(Lists(*workload, 1));
  server->Shutdown(std::chrono::system_clock::now());
}

TEST_F(ListenTest, AListenThatFailsLeavesTheBuilderAsItWas) {
  EchoService echo;
  grpc::ServerBuilder builder;
  const EchoServer taken(Options(absl::Hours(1)));
  const Workload& workload = *taken.workload();
  EXPECT_FALSE(workload.Listen(builder, taken.address()).ok());
  EXPECT_FALSE(workload.Listen(builder, "unix:/tmp/socket").ok());
  const auto listener = OrDie(workload.Listen(builder, "127.0.0.1:0"));
  EXPECT_EQ(workload.Listen(builder, "127.0.0.1:0").status().code(), absl::StatusCode::kFailedPrecondition);
  builder.RegisterService(&echo);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  EXPECT_THAT(Echo(Dial(absl::StrCat("127.0.0.1:", listener->port()))), IsOk());
  listener->Stop();
  server->Shutdown(std::chrono::system_clock::now());
}

TEST_F(ListenTest, AClosedConnectionIsForgotten) {
  const EchoServer server(Options(absl::Hours(1)));
  {
    const auto channel = Dial(server.address());
    ASSERT_THAT(Echo(channel), IsOk());
    EXPECT_TRUE(Lists(*server.workload(), 1));
  }
  EXPECT_TRUE(Lists(*server.workload(), 0));
}

TEST_F(ListenTest, TheClientsChannelReconnectsToAServerThatRestartsOnItsPort) {
  auto server = std::make_unique<EchoServer>(lab_.OptionsForServer(lab_.server()));
  const int port = server->port();
  const auto channel = lab_.CreateChannelTo(server->address(), lab_.OptionsForClient(lab_.client()));
  ASSERT_THAT(Echo(channel), IsOk());
  server.reset();
  EXPECT_FALSE(Echo(channel).ok());
  server = std::make_unique<EchoServer>(lab_.OptionsForServer(lab_.server()), port);
  EXPECT_TRUE(CallsUntil(channel, v1::ACCEPTED));
}

TEST_F(ListenTest, RequiresOptionsInRange) {
  WorkloadOptions options = lab_.OptionsForServer(lab_.server());
  options.server->max_connection_age = absl::ZeroDuration();
  EXPECT_THAT(Workload::Create(options), StatusIs(absl::StatusCode::kInvalidArgument,
                                                  "WorkloadOptions: server.max_connection_age must be more than 0"));
  options.server->max_connection_age = absl::Seconds(1);
  options.server->limits.max_connections = 0;
  EXPECT_THAT(Workload::Create(options), StatusIs(absl::StatusCode::kInvalidArgument,
                                                  "WorkloadOptions: server.limits.max_connections must be at least 1"));
}

TEST_F(ListenTest, RequiresAWorkloadThatServesAndAnAddress) {
  grpc::ServerBuilder builder;
  WorkloadOptions incomplete = lab_.OptionsForServer(lab_.server());
  incomplete.certificate = DataSource();
  EXPECT_THAT(Workload::Create(incomplete),
              StatusIs(absl::StatusCode::kInvalidArgument, "WorkloadOptions: certificate is missing"));
  const auto calls_alone = OrDie(Workload::Create(lab_.OptionsForClient(lab_.client())));
  EXPECT_THAT(calls_alone->Listen(builder, "127.0.0.1:0"),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("WorkloadOptions: server is missing; ")));
  const auto workload = OrDie(Workload::Create(lab_.OptionsForServer(lab_.server())));
  EXPECT_THAT(workload->Listen(builder, "unix:/tmp/socket"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("\"unix:/tmp/socket\" is not HOST:PORT")));
  const auto taken = workload->Listen(builder, "127.0.0.1:0");
  ASSERT_TRUE(taken.ok());
  const std::string address = absl::StrCat("127.0.0.1:", (*taken)->port());
  grpc::ServerBuilder another;
  EXPECT_THAT(workload->Listen(another, address),
              StatusIs(absl::StatusCode::kUnavailable, AllOf(HasSubstr(absl::StrCat("cannot listen on ", address)),
                                                             HasSubstr("Address already in use"))));
}

}  // namespace
}  // namespace pinion::testing
