// Peers that connect and then don't behave; descriptors that run out.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>

#include "pinion/testing/count_entries.h"
#include "pinion/testing/wait_until.h"
#include "tests/e2e/parties.h"

namespace pinion::testing {
namespace {

// A TCP connection that says nothing.
class SilentConnection {
 public:
  explicit SilentConnection(int port) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  }
  ~SilentConnection() { close(socket_); }
  SilentConnection(const SilentConnection&) = delete;
  SilentConnection& operator=(const SilentConnection&) = delete;

  bool connected() const { return connected_; }
  // Waits, ten seconds at most.
  bool IsEndedByTheServer() const {
    pollfd waiting = {socket_, POLLIN, 0};
    char byte = 0;
    return poll(&waiting, 1, 10'000) == 1 && recv(socket_, &byte, 1, MSG_DONTWAIT) <= 0;
  }

 private:
  const int socket_;
  bool connected_ = false;
};

TEST(AcceptTest, WhoDoesNotFinishTheHandshakeInTimeIsCutOff) {
  Lab lab;
  ServerOptions options = lab.OptionsForServer(lab.server());
  options.limits.handshake_timeout = absl::Milliseconds(100);
  const EchoServer server(options);
  const SilentConnection silent(server.port());
  ASSERT_TRUE(silent.connected());
  EXPECT_TRUE(silent.IsEndedByTheServer());
}

TEST(AcceptTest, WhenAllHandshakesAreTakenOthersWaitAndAreServed) {
  Lab lab;
  ServerOptions options = lab.OptionsForServer(lab.server());
  options.limits.max_handshakes = 2;
  options.limits.handshake_timeout = absl::Seconds(1);
  const EchoServer server(options);
  const SilentConnection first(server.port());
  const SilentConnection second(server.port());
  EXPECT_THAT(Echo(lab.ChannelTo(server.address())), IsOk());
  // It was let in when one of them was cut off, not before.
  EXPECT_TRUE(first.IsEndedByTheServer());
}

// A few hundred connections that did nothing kept everybody else out for as long as the handshake's timeout, again and
// again.
TEST(AcceptTest, WhoTakesAllPlacesAndKeepsSilentIsCutOffLongBeforeHisTimeIsOver) {
  Lab lab;
  ServerOptions options = lab.OptionsForServer(lab.server());
  options.limits.max_handshakes = 2;
  options.limits.handshake_timeout = absl::Minutes(10);
  const EchoServer server(options);
  const SilentConnection first(server.port());
  const SilentConnection second(server.port());
  EXPECT_THAT(Echo(lab.ChannelTo(server.address())), IsOk());
  EXPECT_TRUE(first.IsEndedByTheServer());
}

TEST(AcceptTest, OfManyWhoWaitedNoMoreAreTakenThanAllowed) {
  Lab lab;
  ServerOptions options = lab.OptionsForServer(lab.server());
  options.limits.max_handshakes = 1;
  options.limits.handshake_timeout = absl::Milliseconds(500);
  EchoService echo;
  grpc::ServerBuilder builder;
  const auto listener = OrDie(Listen(builder, "127.0.0.1:0", options));
  builder.RegisterService(&echo);
  const SilentConnection first(listener->port());
  const SilentConnection second(listener->port());
  const absl::Time start = absl::Now();
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  EXPECT_TRUE(second.IsEndedByTheServer());
  EXPECT_GE(absl::Now() - start, 2 * options.limits.handshake_timeout);  // one after the other
  listener->Stop();
  server->Shutdown(std::chrono::system_clock::now());
}

TEST(AcceptTest, AConnectionThatIsEstablishedIsNotCutOffByTheHandshakesTimeout) {
  Lab lab;
  ServerOptions options = lab.OptionsForServer(lab.server());
  options.limits.max_handshakes = 1;
  options.limits.handshake_timeout = absl::Seconds(1);
  const EchoServer server(options);
  const auto channel = lab.ChannelTo(server.address());
  ASSERT_THAT(Echo(channel), IsOk());
  const SilentConnection silent(server.port());  // its end says that the time is over
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
  const auto waiting = std::make_unique<SilentConnection>(server.port());
  // Its own, and the server's two: else the server would take the one that is left below.
  ASSERT_TRUE(WaitUntil([held] { return CountEntries("/proc/self/fd") >= held + 3; }));
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
  const SilentConnection not_accepted(server.port());
  EXPECT_TRUE(not_accepted.connected());  // in the kernel's queue
  EXPECT_THAT(Echo(channel), IsOk());
  for (const int copy : taken) close(copy);
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_THAT(Echo(lab.CreateChannelTo(server.address(), lab.OptionsForClient(lab.client()))), IsOk());
}

// A connection that was let in stayed watched under a descriptor's number that soon meant another one.
TEST(AcceptTest, TheEndOfOneConnectionIsNotTakenForThatOfAnother) {
  Lab lab;
  ServerOptions options = lab.OptionsForServer(lab.server());
  options.limits.handshake_timeout = absl::Seconds(1);
  const EchoServer server(options);
  for (int i = 0; i < 3; ++i) {
    auto channel = lab.ChannelTo(server.address());
    ASSERT_THAT(Echo(channel), IsOk());
    const SilentConnection silent(server.port());  // takes the number
    channel.reset();
    EXPECT_TRUE(silent.IsEndedByTheServer());
  }
}

TEST(AcceptTest, ListensOnEveryAddressOfTheHost) {
  Lab lab;
  EchoService echo;
  grpc::ServerBuilder builder;
  const auto listener = OrDie(Listen(builder, "[::]:0", lab.OptionsForServer(lab.server())));
  builder.RegisterService(&echo);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  EXPECT_THAT(Echo(lab.ChannelTo(absl::StrCat("127.0.0.1:", listener->port()))), IsOk());
  listener->Stop();
  EXPECT_FALSE(SilentConnection(listener->port()).connected());
  server->Shutdown(std::chrono::system_clock::now());
}

}  // namespace
}  // namespace pinion::testing
