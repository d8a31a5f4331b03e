// Clients that connect and then misbehave, and a process that runs out of descriptors.
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "pinion/base/socket_address.h"
#include "pinion/testing/count_entries.h"
#include "pinion/testing/echo_server.h"
#include "pinion/testing/wait_until.h"
#include "tests/e2e/parties.h"
#include "tests/e2e/raw_connection.h"

namespace pinion::testing {
namespace {

// The number of this process's descriptors of connections that the server has accepted.
int DescriptorsOf(const EchoServer& server) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    int descriptor = -1;
    if (!absl::SimpleAtoi(entry.path().filename().native(), &descriptor)) continue;
    const bool is_ours = absl::EndsWith(LocalAddress(descriptor).value_or(""), absl::StrCat(":", server.port()));
    if (is_ours && RemoteAddress(descriptor).has_value()) ++count;
  }
  return count;
}

// It once took two, so that a process with 20,000 descriptors had no more than 9,900 connections.
TEST(AcceptTest, AnEstablishedConnectionTakesOneDescriptor) {
  Lab lab;
  const EchoServer server(lab.OptionsForServer(lab.server()));
  std::vector<std::shared_ptr<grpc::Channel>> channels;
  for (int i = 0; i < 5; ++i) {
    channels.push_back(lab.ChannelTo(server.address()));
    EXPECT_THAT(Echo(channels.back()), IsOk());
  }
  EXPECT_TRUE(WaitUntil([&] { return DescriptorsOf(server) == 5; })) << DescriptorsOf(server);
  channels.clear();
  EXPECT_TRUE(WaitUntil([&] { return DescriptorsOf(server) == 0; })) << DescriptorsOf(server);
}

TEST(AcceptTest, AHandshakeThatIsNotFinishedInTimeIsClosed) {
  Lab lab;
  WorkloadOptions options = lab.OptionsForServer(lab.server());
  options.server->limits.handshake_timeout = absl::Milliseconds(100);
  const EchoServer server(options);
  RawConnection silent(server.port());
  ASSERT_TRUE(silent.connected());
  EXPECT_TRUE(silent.IsEndedByTheServer());
}

// A few hundred idle connections once blocked all other clients for the length of the handshake timeout, repeatedly.
TEST(AcceptTest, StalledHandshakesGiveWayToOthersLongBeforeTheirTimeout) {
  Lab lab;
  WorkloadOptions options = lab.OptionsForServer(lab.server());
  options.server->limits.max_handshakes = 2;
  options.server->limits.handshake_timeout = absl::Minutes(10);
  const EchoServer server(options);
  RawConnection first(server.port(), CompleteClientHello());
  RawConnection second(server.port(), CompleteClientHello());
  ASSERT_TRUE(first.HasAnswer() && second.HasAnswer());  // both have begun
  EXPECT_THAT(Echo(lab.ChannelTo(server.address())), IsOk());
  EXPECT_TRUE(first.IsEnded() || second.IsEnded());
}

// Once, 1,500 connections that sent a byte every half second occupied all places, and reconnected when closed.
TEST(AcceptTest, ConnectionsThatSendTheirClientHelloByteByByteTakeNoPlaces) {
  Lab lab;
  WorkloadOptions options = lab.OptionsForServer(lab.server());
  options.server->limits.max_handshakes = 2;
  options.server->limits.handshake_timeout = absl::Minutes(10);
  const EchoServer server(options);
  const std::string hello = CompleteClientHello();
  std::vector<std::unique_ptr<RawConnection>> slow;
  for (int i = 0; i < 20; ++i) slow.push_back(std::make_unique<RawConnection>(server.port(), hello.substr(0, 60)));
  std::atomic<bool> is_over{false};
  std::thread drip([&] {
    for (size_t at = 60; !is_over && at + 1 < hello.size(); ++at) {
      for (const auto& connection : slow) connection->Send(hello.substr(at, 1));
      absl::SleepFor(absl::Milliseconds(5));  // the pace of the attack
    }
  });
  for (int i = 0; i < 5; ++i) {
    EXPECT_THAT(Echo(lab.CreateChannelTo(server.address(), lab.OptionsForClient(lab.client()))), IsOk());
  }
  is_over = true;
  drip.join();
}

TEST(AcceptTest, OneSourceLeavesPlacesToOthers) {
  Lab lab;
  WorkloadOptions options = lab.OptionsForServer(lab.server());
  options.server->limits.max_handshakes = 4;
  const EchoServer server(options);
  std::vector<std::unique_ptr<RawConnection>> stalled;
  for (int i = 0; i < 8; ++i) {
    stalled.push_back(std::make_unique<RawConnection>(server.port(), CompleteClientHello(), "127.0.0.2"));
  }
  const absl::Time begin = absl::Now();
  EXPECT_THAT(Echo(lab.ChannelTo(server.address())), IsOk());
  EXPECT_LT(absl::Now() - begin, absl::Seconds(1));  // before the stalled ones give way
}

TEST(AcceptTest, NoMoreHandshakesBeginThanThereArePlaces) {
  Lab lab;
  WorkloadOptions options = lab.OptionsForServer(lab.server());
  options.server->limits.max_handshakes = 1;
  options.server->limits.handshake_timeout = absl::Milliseconds(500);
  const EchoServer server(options);
  RawConnection first(server.port(), CompleteClientHello());
  RawConnection second(server.port(), CompleteClientHello());
  EXPECT_TRUE(first.IsEndedByTheServer());
  EXPECT_TRUE(second.IsEndedByTheServer());
  EXPECT_TRUE((first.received() > 0) != (second.received() > 0)) << first.received() << ", " << second.received();
}

TEST(AcceptTest, TheHandshakeTimeoutDoesNotCloseAnEstablishedConnection) {
  Lab lab;
  WorkloadOptions options = lab.OptionsForServer(lab.server());
  options.server->limits.max_handshakes = 1;
  options.server->limits.handshake_timeout = absl::Seconds(1);
  const EchoServer server(options);
  const auto channel = lab.ChannelTo(server.address());
  ASSERT_THAT(Echo(channel), IsOk());
  RawConnection silent(server.port());  // the server closes it when the timeout has passed
  ASSERT_TRUE(silent.IsEndedByTheServer());
  EXPECT_EQ(channel->GetState(false), GRPC_CHANNEL_READY);
  EXPECT_THAT(Echo(channel), IsOk());
}

TEST(AcceptTest, ServesAgainAfterDescriptorsRanOut) {
  Lab lab;
  const EchoServer server(lab.OptionsForServer(lab.server()));
  const auto channel = lab.ChannelTo(server.address());
  ASSERT_THAT(Echo(channel), IsOk());
  const int64_t held = CountEntries("/proc/self/fd");
  const auto waiting = std::make_unique<RawConnection>(server.port());
  // Both ends of the connection; otherwise the server would take the descriptor that is left below.
  ASSERT_TRUE(WaitUntil([held] { return CountEntries("/proc/self/fd") >= held + 2; }));
  std::vector<int> taken;
  rlimit before = {};
  getrlimit(RLIMIT_NOFILE, &before);
  const rlimit low = {128, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
  // One is left for the client's side of a connection that the server then cannot accept.
  for (int copy = dup(0); copy >= 0; copy = dup(0)) taken.push_back(copy);
  ASSERT_FALSE(taken.empty());
  close(taken.back());
  taken.pop_back();
  RawConnection not_accepted(server.port());
  EXPECT_TRUE(not_accepted.connected());  // in the kernel's queue
  EXPECT_THAT(Echo(channel), IsOk());
  for (const int copy : taken) close(copy);
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_THAT(Echo(lab.CreateChannelTo(server.address(), lab.OptionsForClient(lab.client()))), IsOk());
}

// An accepted connection was once still watched under a descriptor number that had been reused.
TEST(AcceptTest, TheEndOfOneConnectionIsNotTakenForThatOfAnother) {
  Lab lab;
  WorkloadOptions options = lab.OptionsForServer(lab.server());
  options.server->limits.handshake_timeout = absl::Seconds(1);
  const EchoServer server(options);
  for (int i = 0; i < 3; ++i) {
    auto channel = lab.ChannelTo(server.address());
    ASSERT_THAT(Echo(channel), IsOk());
    RawConnection silent(server.port());  // reuses the descriptor number
    channel.reset();
    EXPECT_TRUE(silent.IsEndedByTheServer());
  }
}

TEST(AcceptTest, ListensOnEveryAddressOfTheHost) {
  Lab lab;
  EchoService echo;
  grpc::ServerBuilder builder;
  const auto workload = OrDie(Workload::Create(lab.OptionsForServer(lab.server())));
  const auto listener = OrDie(workload->Listen(builder, "[::]:0"));
  builder.RegisterService(&echo);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  EXPECT_THAT(Echo(lab.ChannelTo(absl::StrCat("127.0.0.1:", listener->port()))), IsOk());
  listener->Stop();
  EXPECT_FALSE(RawConnection(listener->port()).connected());
  server->Shutdown(std::chrono::system_clock::now());
}

// gRPC drops connections that it receives after Server::Shutdown, and each of them once cost a descriptor.
TEST(AcceptTest, AServerThatIsShutDownWithoutStoppingItsListenerTakesNoDescriptors) {
  Lab lab;
  EchoService echo;
  grpc::ServerBuilder builder;
  const auto workload = OrDie(Workload::Create(lab.OptionsForServer(lab.server())));
  const auto listener = OrDie(workload->Listen(builder, "127.0.0.1:0"));
  builder.RegisterService(&echo);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  EXPECT_THAT(Echo(lab.ChannelTo(absl::StrCat("127.0.0.1:", listener->port()))), IsOk());
  server->Shutdown(std::chrono::system_clock::now());
  const int64_t before = CountEntries("/proc/self/fd");
  for (int i = 0; i < 20; ++i) {
    RawConnection stranger(listener->port(), CompleteClientHello());
    EXPECT_TRUE(!stranger.connected() || stranger.IsEndedByTheServer());
  }
  EXPECT_TRUE(WaitUntil([&] { return CountEntries("/proc/self/fd") <= before; }));
  EXPECT_FALSE(RawConnection(listener->port()).connected());  // it no longer listens
}

}  // namespace
}  // namespace pinion::testing
