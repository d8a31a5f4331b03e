// Peers that connect and then don't behave; descriptors that run out.
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "pinion/testing/count_entries.h"
#include "pinion/testing/wait_until.h"
#include "tests/e2e/parties.h"
#include "tests/e2e/raw_connection.h"

namespace pinion::testing {
namespace {

TEST(AcceptTest, WhoDoesNotFinishTheHandshakeInTimeIsCutOff) {
  Lab lab;
  WorkloadOptions options = lab.OptionsForServer(lab.server());
  options.server->limits.handshake_timeout = absl::Milliseconds(100);
  const EchoServer server(options);
  RawConnection silent(server.port());
  ASSERT_TRUE(silent.connected());
  EXPECT_TRUE(silent.IsEndedByTheServer());
}

// A few hundred connections that did nothing kept everybody else out for as long as the handshake's timeout, again and
// again.
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

// 1,500 connections that sent a byte each half second occupied all places, and came back when they were closed.
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

TEST(AcceptTest, AConnectionThatIsEstablishedIsNotCutOffByTheHandshakesTimeout) {
  Lab lab;
  WorkloadOptions options = lab.OptionsForServer(lab.server());
  options.server->limits.max_handshakes = 1;
  options.server->limits.handshake_timeout = absl::Seconds(1);
  const EchoServer server(options);
  const auto channel = lab.ChannelTo(server.address());
  ASSERT_THAT(Echo(channel), IsOk());
  RawConnection silent(server.port());  // its end says that the time is over
  ASSERT_TRUE(silent.IsEndedByTheServer());
  EXPECT_EQ(channel->GetState(false), GRPC_CHANNEL_READY);
  EXPECT_THAT(Echo(channel), IsOk());
}

TEST(AcceptTest, ServesOnAfterDescriptorsHadRunOut) {
  Lab lab;
  const EchoServer server(lab.OptionsForServer(lab.server()));
  const auto channel = lab.ChannelTo(server.address());
  ASSERT_THAT(Echo(channel), IsOk());
  const int64_t held = CountEntries("/proc/self/fd");
  const auto waiting = std::make_unique<RawConnection>(server.port());
  // Its own, and the server's: else the server would take the one that is left below.
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

// A connection that was let in stayed watched under a descriptor's number that soon meant another one.
TEST(AcceptTest, TheEndOfOneConnectionIsNotTakenForThatOfAnother) {
  Lab lab;
  WorkloadOptions options = lab.OptionsForServer(lab.server());
  options.server->limits.handshake_timeout = absl::Seconds(1);
  const EchoServer server(options);
  for (int i = 0; i < 3; ++i) {
    auto channel = lab.ChannelTo(server.address());
    ASSERT_THAT(Echo(channel), IsOk());
    RawConnection silent(server.port());  // takes the number
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

// gRPC drops connections that reach it after Server::Shutdown, and each one cost a descriptor.
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
  EXPECT_FALSE(RawConnection(listener->port()).connected());  // and listens no more
}

}  // namespace
}  // namespace pinion::testing
