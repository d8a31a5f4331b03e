// How changes affect the live connections of a channel from CreateChannel.
#include <grpcpp/alarm.h>

#include <future>
#include <vector>

#include "pinion/testing/count_entries.h"
#include "pinion/testing/echo_server.h"
#include "pinion/workload.h"
#include "tests/e2e/conversation.h"
#include "tests/e2e/parties.h"

namespace pinion::testing {
namespace {

class CreateChannelTest : public PartiesTest {
 protected:
  // Opens a channel with this drain window.
  std::shared_ptr<grpc::ChannelInterface> Open(const std::string& address, absl::Duration drain_window) {
    WorkloadOptions options = From("client", events_);
    options.drain_window = drain_window;
    return Open(address, options);
  }
  std::shared_ptr<grpc::ChannelInterface> Open(const std::string& address, const WorkloadOptions& options) {
    workload_ = OrDie(Workload::Create(options));
    return lab_.CreateChannelTo(address, *workload_);
  }
  // Replaces the server's key with its backup key.
  void Replace(const EchoServer& server) {
    WriteParty("server", lab_.server_backup());
    server.workload()->Reload();
  }
  size_t ConnectionsTo(const std::string& pin) {
    size_t count = 0;
    for (const ConnectionStatus& connection : workload_->Status().connections) {
      count += connection.presented_pin == pin ? 1 : 0;
    }
    return count;
  }

  std::shared_ptr<Workload> workload_;  // of the channel that was opened last
};

TEST_F(CreateChannelTest, ARevokedKeyIsClosedWithItsStreamsAndTheStubRecoversWithTheServer) {
  const EchoServer server(From("server"));
  const auto channel = Open(server.address(), absl::Hours(1));
  Conversation conversation(channel);
  ASSERT_TRUE(conversation.Exchange());
  WritePins("client", 2, "REVOKED", "ACTIVE");
  EXPECT_EQ(conversation.End().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(Echo(channel), IsRefusedFor(v1::PIN_REVOKED));
  Replace(server);
  EXPECT_TRUE(CallsUntil(channel, v1::ACCEPTED));
  ASSERT_TRUE(WaitUntil([&] { return !events_->connections().empty(); }));  // the event follows the closing
  EXPECT_EQ(events_->connections().size(), 1);
  const ConnectionEvent event = events_->connections().front();
  EXPECT_EQ(event.reason, v1::PIN_REVOKED);
  EXPECT_EQ(event.peer, "server");
  EXPECT_EQ(event.address, server.address());
  EXPECT_EQ(event.presented_pin, lab_.server().SpkiPin());
  EXPECT_TRUE(event.closed_immediately);
}

TEST_F(CreateChannelTest, ACallThatWaitsReceivesNoAnswerFromARevokedKey) {
  PatientEcho echo;
  const TestServer server(From("server"), {&echo});
  const auto channel = Open(server.address(), absl::Hours(1));
  std::future<grpc::Status> call = std::async(std::launch::async, [&] { return Echo(channel); });
  echo.entered.WaitForNotification();
  WritePins("client", 2, "REVOKED", "ACTIVE");
  EXPECT_EQ(call.get().error_code(), grpc::StatusCode::UNAVAILABLE);
  echo.answer.Notify();
}

TEST_F(CreateChannelTest, AStreamOnAnEarlierConnectionIsClosedToo) {
  const EchoServer server(From("server"));
  const auto channel = Open(server.address(), absl::Hours(1));
  Conversation conversation(channel);
  ASSERT_TRUE(conversation.Exchange());
  // Our own certificate is replaced: new calls go to a new connection, the stream stays on the old one.
  WriteParty("client", lab_.ca().Issue({Lab::kClientIdentity}, lab_.client().key));
  ASSERT_TRUE(WaitUntil([&] { return Echo(channel).ok() && ConnectionsTo(lab_.server().SpkiPin()) == 2; }));
  EXPECT_TRUE(conversation.Exchange());
  WritePins("client", 2, "REVOKED", "ACTIVE");
  EXPECT_EQ(conversation.End().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(CreateChannelTest, ARemovedPinIsDrained) {
  PatientEcho echo;
  const TestServer server(From("server"), {&echo});
  const auto channel = Open(server.address(), absl::Milliseconds(1));
  std::future<grpc::Status> call;
  {
    const auto slow = Open(server.address(), absl::Hours(1));
    call = std::async(std::launch::async, [slow] { return Echo(slow); });
    echo.entered.WaitForNotification();
    WritePins("client", 2, "", "ACTIVE");
    workload_->Reload();
    EXPECT_EQ(events_->connections().back().reason, v1::PIN_MISMATCH);
    EXPECT_FALSE(events_->connections().back().closed_immediately);
    EXPECT_EQ(workload_->Status().connections.front().reason, v1::PIN_MISMATCH);
  }
  echo.answer.Notify();
  EXPECT_THAT(call.get(), IsOk());  // well within its hour
  // The other channel's drain window is 1 ms: new calls request a new connection, which is refused.
  EXPECT_TRUE(CallsUntil(channel, v1::PIN_MISMATCH));
}

TEST_F(CreateChannelTest, ConnectionsThatRemainAfterTheDrainWindowAreClosed) {
  const EchoServer server(From("server"));
  const auto channel = Open(server.address(), absl::Milliseconds(50));
  Conversation conversation(channel);
  ASSERT_TRUE(conversation.Exchange());
  WritePins("client", 2, "", "ACTIVE");
  EXPECT_EQ(conversation.End().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(events_->connections().size(), 1);  // reported once
}

TEST_F(CreateChannelTest, ACertificateThatEndsOnALiveConnectionEndsTheConnection) {
  const EchoServer server(lab_.OptionsForServer(lab_.server()));
  WorkloadOptions options = From("client", events_);
  options.drain_window = absl::ZeroDuration();
  options.clock = lab_.clock().AsFunction();
  const auto channel = Open(server.address(), options);
  Conversation conversation(channel);
  ASSERT_TRUE(conversation.Exchange());
  lab_.clock().Advance(absl::Hours(24 * 91));
  // Reading the status neither verifies nor closes connections.
  EXPECT_EQ(workload_->Status().pin_set_version, 1);
  EXPECT_TRUE(conversation.Exchange());
  // The channel checks the clock every minute and at each change.
  WritePins("client", 2, "ACTIVE", "BACKUP");
  workload_->Reload();
  EXPECT_EQ(events_->connections().back().reason, v1::CERTIFICATE_EXPIRED);
  EXPECT_EQ(conversation.End().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(Echo(channel), IsRefusedFor(v1::CERTIFICATE_EXPIRED));
}

TEST_F(CreateChannelTest, APinThatExpiresClosesItsConnectionWithoutAReload) {
  const int64_t end = absl::ToUnixSeconds(absl::Now()) + 4;
  lab_.pin_set().mutable_peers(0)->mutable_pins(0)->mutable_not_after()->set_seconds(end);
  const EchoServer server(lab_.OptionsForServer(lab_.server()));
  WorkloadOptions options = lab_.OptionsForClient(lab_.client());
  options.drain_window = absl::ZeroDuration();
  const auto channel = Open(server.address(), options);
  Conversation conversation(channel);
  ASSERT_TRUE(conversation.Exchange());
  EXPECT_EQ(conversation.End().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(Echo(channel), IsRefusedFor(v1::PIN_EXPIRED));
}

TEST_F(CreateChannelTest, OurOwnNewCertificateIsUsedAtOnceAndNoCallFails) {
  const EchoServer server(From("server", events_));
  const auto channel = Open(server.address(), absl::Hours(1));
  Conversation conversation(channel);
  ASSERT_TRUE(conversation.Exchange());
  const IssuedCertificate renewed = lab_.ca().Issue({Lab::kClientIdentity, "renewed.lab.test"}, lab_.client().key);
  WriteParty("client", renewed);
  workload_->Reload();
  EXPECT_THAT(Echo(channel), IsOk());
  EXPECT_TRUE(conversation.Exchange());
  EXPECT_TRUE(WaitUntil([&] { return server.workload()->Status().connections.size() == 2; }));
}

// gRPC once kept the connections and descriptors of channels that were replaced while they connected.
TEST_F(CreateChannelTest, ManyNewCertificatesInARowLeaveNoConnectionsBehind) {
  const EchoServer server(From("server"));
  const auto channel = Open(server.address(), absl::Hours(1));
  ASSERT_THAT(Echo(channel), IsOk());
  const auto descriptors = [] { return CountEntries("/proc/self/fd"); };
  const auto before = descriptors();
  for (int i = 0; i < 100; ++i) {
    WriteParty("client", lab_.ca().Issue({Lab::kClientIdentity}, lab_.client().key));
    workload_->Reload();
  }
  EXPECT_TRUE(WaitUntil([&] { return Echo(channel).ok() && descriptors() <= before + 2; })) << descriptors() - before;
}

#ifndef __SANITIZE_THREAD__  // gRPC's callbacks, half of them compiled into our code, are reported as races
TEST_F(CreateChannelTest, CallbackCallsGoOnAcrossASwap) {
  const EchoServer server(From("server"));
  const auto channel = Open(server.address(), absl::Hours(1));
  const auto stub = v1::Echo::NewStub(channel);
  for (int i = 0; i < 3; ++i) {
    grpc::ClientContext context;
    v1::EchoRequest request;
    v1::EchoResponse response;
    std::promise<grpc::Status> done;
    stub->async()->UnaryEcho(&context, &request, &response,
                             [&](grpc::Status status) { done.set_value(std::move(status)); });
    EXPECT_THAT(done.get_future().get(), IsOk());
    WriteParty("client", lab_.ca().Issue({Lab::kClientIdentity}, lab_.client().key));
    workload_->Reload();
  }
}
#endif

TEST_F(CreateChannelTest, AChannelCanBeWaitedForAcrossASwap) {
  const EchoServer server(From("server"));
  const auto channel = Open(server.address(), absl::Hours(1));
  EXPECT_EQ(channel->GetState(false), GRPC_CHANNEL_IDLE);
  WriteParty("client", lab_.ca().Issue({Lab::kClientIdentity}, lab_.client().key));
  workload_->Reload();
  const auto deadline = std::chrono::system_clock::now() + std::chrono::seconds(10);
  EXPECT_TRUE(channel->WaitForConnected(deadline));
  grpc::CompletionQueue queue;
  int tag = 0;
  channel->NotifyOnStateChange(GRPC_CHANNEL_IDLE, deadline, &queue, &tag);
  void* seen = nullptr;
  bool ok = false;
  EXPECT_TRUE(queue.Next(&seen, &ok));
  EXPECT_EQ(seen, &tag);
  EXPECT_TRUE(ok);
}

TEST_F(CreateChannelTest, StatusShowsTheConnection) {
  const EchoServer server(From("server"));
  const auto channel = Open(server.address(), absl::Hours(1));
  EXPECT_TRUE(workload_->Status().connections.empty());
  Conversation conversation(channel);
  ASSERT_TRUE(conversation.Exchange());
  std::vector<ConnectionStatus> connections;
  ASSERT_TRUE(WaitUntil([&] {
    connections = workload_->Status().connections;
    return connections.size() == 1 && connections[0].calls_in_flight == 1;
  }));
  EXPECT_EQ(connections[0].side, Side::kClient);
  EXPECT_EQ(connections[0].address, server.address());
  EXPECT_EQ(connections[0].peer, "server");
  EXPECT_EQ(connections[0].presented_pin, lab_.server().SpkiPin());
  EXPECT_EQ(connections[0].reason, v1::ACCEPTED);
}

TEST_F(CreateChannelTest, OtherChannelsOfTheProcessKeepTheirConnections) {
  const EchoServer server(From("server"));
  const auto ours = Open(server.address(), absl::Hours(1));
  const auto other = lab_.CreateChannelTo(server.address(), lab_.OptionsForClient(lab_.client()));
  Conversation closed(ours);
  Conversation kept(other);
  ASSERT_TRUE(closed.Exchange());
  ASSERT_TRUE(kept.Exchange());
  WritePins("client", 2, "REVOKED", "ACTIVE");
  EXPECT_EQ(closed.End().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_TRUE(kept.Exchange());
}

// Such a target was once accepted, and its connections were never closed.
TEST_F(CreateChannelTest, ATargetWhoseConnectionsCannotBeClosedIsRefused) {
  const auto workload = OrDie(Workload::Create(lab_.OptionsForClient(lab_.client())));
  for (const char* target :
       {"unix:/tmp/socket", "UNIX:/tmp/socket", "unix-abstract:name", "vsock:1:2", "xds:///name"}) {
    EXPECT_EQ(workload->CreateChannel(target).status().code(), absl::StatusCode::kInvalidArgument) << target;
  }
}

TEST_F(CreateChannelTest, AConnectionToOneOfAListOfAddressesIsClosedLikeAnyOther) {
  const EchoServer server(From("server"));
  const std::string list = absl::StrCat("ipv4:127.0.0.1:1,", server.address());
  const auto channel = Open(list, absl::Hours(1));
  EXPECT_EQ(workload_->CreateChannel(list).status().code(), absl::StatusCode::kInvalidArgument);  // it names no host
  Conversation conversation(channel);
  ASSERT_TRUE(conversation.Exchange());
  WritePins("client", 2, "REVOKED", "ACTIVE");
  EXPECT_EQ(conversation.End().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(CreateChannelTest, RequiresAWorkloadThatTrustsServers) {
  EXPECT_THAT(Workload::Create(WorkloadOptions()),
              StatusIs(absl::StatusCode::kInvalidArgument, "WorkloadOptions: certificate is missing"));
  const auto serves_alone = OrDie(Workload::Create(lab_.OptionsForServer(lab_.server())));
  const auto fault = ::testing::StartsWith("WorkloadOptions: server_roots is missing; ");
  EXPECT_THAT(serves_alone->CreateChannel("server.test:1"), StatusIs(absl::StatusCode::kFailedPrecondition, fault));
  EXPECT_THAT(serves_alone->ChannelCredentials(), StatusIs(absl::StatusCode::kFailedPrecondition, fault));
}

}  // namespace
}  // namespace pinion::testing
