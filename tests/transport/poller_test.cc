#include "pinion/transport/poller.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <set>
#include <string>

#include "pinion/testing/echo_server.h"
#include "pinion/testing/lab.h"
#include "pinion/testing/test_server.h"

namespace pinion {
namespace {

// The folders of the threads in /proc.
std::set<std::string> Threads() {
  std::set<std::string> found;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) found.insert(task.path());
  return found;
}

// How often the threads waited for something.
int64_t Waits(const std::set<std::string>& threads) {
  int64_t waits = 0;
  for (const std::string& thread : threads) {
    std::ifstream status(thread + "/status");
    for (std::string word; status >> word;) {
      int64_t count = 0;
      if (word == "voluntary_ctxt_switches:" && status >> count) waits += count;
    }
  }
  return waits;
}

// A thread that always waited in gRPC once received every answer of every channel, which delayed each call.
TEST(PollerTest, StaysOutOfTheCallsOfAChannelThatIsConnected) {
  constexpr int kCalls = 500;
  const testing::EchoServer server(grpc::InsecureServerCredentials());
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  const auto open = [&] {
    return grpc::CreateCustomChannel(server.address(), grpc::InsecureChannelCredentials(), arguments);
  };
  ASSERT_TRUE(testing::Echo(open()).ok());  // gRPC's own threads are there
  const std::set<std::string> before = Threads();
  const auto poller = std::make_unique<Poller>();
  std::set<std::string> its;
  const std::set<std::string> after = Threads();
  std::set_difference(after.begin(), after.end(), before.begin(), before.end(), std::inserter(its, its.begin()));
  ASSERT_FALSE(its.empty());

  const auto channel = open();
  channel->GetState(/*try_to_connect=*/true);
  poller->Help(channel);
  ASSERT_TRUE(testing::Echo(channel).ok());
  const int64_t waits = Waits(its);
  for (int i = 0; i < kCalls; ++i) ASSERT_TRUE(testing::Echo(channel).ok());
  EXPECT_LT(Waits(its) - waits, kCalls / 20);
}

}  // namespace
}  // namespace pinion
