// The connections that channelz lists, and how Pinion closes them.
#include "pinion/transport/live_socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "pinion/base/socket_address.h"
#include "pinion/testing/echo_server.h"
#include "pinion/testing/lab.h"
#include "pinion/testing/matchers.h"
#include "pinion/testing/or_die.h"
#include "pinion/testing/wait_until.h"
#include "pinion/transport/open_channel.h"
#include "pinion/workload.h"

namespace pinion::testing {
namespace {

class LiveSocketTest : public ::testing::Test {
 protected:
  // A channel that is connected, and its only connection.
  OpenedChannel Connected() {
    grpc::ChannelArguments arguments;
    arguments.SetString(GRPC_ARG_DEFAULT_AUTHORITY, Lab::kServerHost);
    const auto client = OrDie(Workload::Create(lab_.OptionsForClient(lab_.client())));
    const OpenedChannel opened =
        OrDie(OpenChannel(server_.address(), OrDie(client->ChannelCredentials()), arguments, descriptors_));
    EXPECT_THAT(Echo(opened.channel), IsOk());
    return opened;
  }
  static LiveSocket OnlySocketOf(const OpenedChannel& opened) {
    std::vector<int64_t> ids;
    EXPECT_TRUE(WaitUntil([&] { return !(ids = ChannelSockets(opened.id)).empty(); }));
    EXPECT_EQ(ids.size(), 1);
    return FindLiveSocket(ids.at(0)).value();
  }

  Lab lab_;
  SocketCloser closer_;
  const OpenedDescriptors unknown_{};
  const std::shared_ptr<OpenedDescriptors> descriptors_ = std::make_shared<OpenedDescriptors>();
  const EchoServer server_{lab_.OptionsForServer(lab_.server())};
};

TEST_F(LiveSocketTest, EachChannelToTheSameTargetHasItsOwn) {
  const OpenedChannel first = Connected();
  const OpenedChannel second = Connected();
  EXPECT_NE(first.id, second.id);
  const LiveSocket socket = OnlySocketOf(first);
  EXPECT_NE(socket.id, OnlySocketOf(second).id);
  EXPECT_EQ(socket.endpoints.second, server_.address());
  EXPECT_EQ(socket.leaf_pem, lab_.server().CertificatePem());
  EXPECT_EQ(socket.calls_in_flight, 0);
}

TEST_F(LiveSocketTest, AServersConnectionHasTheAddressesOfTheClientsSwapped) {
  const OpenedChannel opened = Connected();
  const Endpoints ours = OnlySocketOf(opened).endpoints;
  const Endpoints theirs = {ours.second, ours.first};
  EXPECT_THAT(ServersCallsInFlight(), ::testing::Contains(::testing::Key(theirs)));
}

TEST_F(LiveSocketTest, ShutDownEndsThatConnectionAlone) {
  const OpenedChannel first = Connected();
  const OpenedChannel second = Connected();
  const LiveSocket to_end = OnlySocketOf(first);
  const LiveSocket to_stay = OnlySocketOf(second);
  closer_.ShutDown({to_end.endpoints}, unknown_);
  EXPECT_TRUE(WaitUntil([&] { return !FindLiveSocket(to_end.id).has_value(); }));
  EXPECT_EQ(second.channel->GetState(false), GRPC_CHANNEL_READY);
  EXPECT_TRUE(FindLiveSocket(to_stay.id).has_value());
}

// Both channels' descriptors are known, as after a number is reused.
TEST_F(LiveSocketTest, AKnownDescriptorIsUsedOnlyForItsOwnConnection) {
  const OpenedChannel first = Connected();
  const OpenedChannel second = Connected();
  const LiveSocket to_end = OnlySocketOf(first);
  const LiveSocket to_stay = OnlySocketOf(second);
  EXPECT_TRUE(closer_.Close({{to_end.id, to_end.endpoints}}, *descriptors_).contains(to_end.id));
  EXPECT_TRUE(WaitUntil([&] { return !FindLiveSocket(to_end.id).has_value(); }));
  EXPECT_TRUE(FindLiveSocket(to_stay.id).has_value());
}

// The holder of a stolen key may keep its end of the connection open.
TEST_F(LiveSocketTest, AfterShutDownNothingIsReceived) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  ASSERT_EQ(bind(listener, reinterpret_cast<const sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(listener, 1), 0);
  ASSERT_EQ(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
  const int theirs = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(connect(theirs, reinterpret_cast<const sockaddr*>(&address), size), 0);
  const int ours = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
  EXPECT_EQ(closer_.ShutDown({{LocalAddress(ours).value(), RemoteAddress(ours).value()}}, unknown_).size(), 1);
  send(theirs, "late", 4, MSG_NOSIGNAL);
  char buffer[4];
  EXPECT_LE(recv(ours, buffer, sizeof(buffer), 0), 0);
  for (const int socket : {listener, theirs, ours}) close(socket);
}

// Once, the connections of a client that filled the descriptor table could not be closed.
TEST_F(LiveSocketTest, ShutDownNeedsNoDescriptor) {
  const OpenedChannel opened = Connected();
  const LiveSocket socket = OnlySocketOf(opened);
  rlimit before = {};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit few = {256, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
  std::vector<int> all;
  for (int next = dup(0); next >= 0; next = dup(0)) all.push_back(next);
  EXPECT_EQ(errno, EMFILE);
  const absl::flat_hash_set<Endpoints> ended = closer_.ShutDown({socket.endpoints}, unknown_);
  for (const int descriptor : all) close(descriptor);
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_TRUE(ended.contains(socket.endpoints));
  EXPECT_TRUE(WaitUntil([&] { return !FindLiveSocket(socket.id).has_value(); }));
}

// ShutDown once closed copies of the descriptors that it searched, and closing a file releases the process's locks on
// it.
TEST_F(LiveSocketTest, ShutDownLeavesFilesAndTheirLocksAlone) {
  const std::string path = ::testing::TempDir() + "/locked";
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  struct flock lock = {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  ASSERT_EQ(fcntl(file, F_SETLK, &lock), 0);
  const OpenedChannel opened = Connected();
  EXPECT_EQ(closer_.ShutDown({OnlySocketOf(opened).endpoints}, unknown_).size(), 1);
  // Another process checks whether it could take the lock.
  const pid_t other = fork();
  if (other == 0) _exit(fcntl(file, F_SETLK, &lock) == 0 ? 1 : 0);
  int status = 0;
  waitpid(other, &status, 0);
  EXPECT_EQ(status, 0);
  close(file);
}

TEST_F(LiveSocketTest, AClosedConnectionIsNotFound) {
  OpenedChannel opened = Connected();
  const LiveSocket socket = OnlySocketOf(opened);
  opened.channel.reset();
  EXPECT_TRUE(WaitUntil([&] { return !FindLiveSocket(socket.id).has_value(); }));
  EXPECT_TRUE(ChannelSockets(opened.id).empty());
  EXPECT_FALSE(FindLiveSocket(-1).has_value());
}

}  // namespace
}  // namespace pinion::testing
