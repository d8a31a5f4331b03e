// Which descriptors a channel opens.
#include "pinion/transport/debian_1_51/socket_mutator.h"

#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pinion/base/socket_address.h"
#include "pinion/testing/echo_server.h"
#include "pinion/testing/lab.h"
#include "pinion/testing/matchers.h"
#include "pinion/testing/or_die.h"
#include "pinion/testing/wait_until.h"
#include "pinion/workload.h"

namespace pinion::testing {
namespace {

using ::testing::UnorderedElementsAreArray;

class SocketMutatorTest : public ::testing::Test {
 protected:
  std::shared_ptr<grpc::Channel> Connected(const grpc::ChannelArguments& arguments) {
    const auto channel = grpc::CreateCustomChannel(server_.address(), OrDie(client_->ChannelCredentials()), arguments);
    EXPECT_THAT(Echo(channel), IsOk());
    return channel;
  }
  // How many of the descriptors are connections to the server.
  int ConnectionsAmong(const std::vector<int>& descriptors) const {
    return static_cast<int>(std::count_if(descriptors.begin(), descriptors.end(), [this](int descriptor) {
      return RemoteAddress(descriptor) == std::optional<std::string>(server_.address());
    }));
  }

  Lab lab_;
  const EchoServer server_{lab_.OptionsForServer(lab_.server())};
  const std::shared_ptr<Workload> client_ = OrDie(Workload::Create(lab_.OptionsForClient(lab_.client())));
  const std::shared_ptr<OpenedDescriptors> ours_ = std::make_shared<OpenedDescriptors>();
  grpc::ChannelArguments arguments_ = [] {
    grpc::ChannelArguments arguments;
    arguments.SetString(GRPC_ARG_DEFAULT_AUTHORITY, Lab::kServerHost);
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return arguments;
  }();
};

TEST_F(SocketMutatorTest, RecordsTheDescriptorsOfItsChannelAlone) {
  const auto other = Connected(arguments_);
  RecordDescriptors(ours_, &arguments_);
  const auto channel = Connected(arguments_);
  EXPECT_EQ(ConnectionsAmong(ours_->latest()), 1);
}

TEST_F(SocketMutatorTest, KeepsTheLatestNumbers) {
  for (int i = 0; i < 1000; ++i) ours_->Add(i);
  for (int i = 0; i < 1000; ++i) ours_->Add(7);
  EXPECT_EQ(ours_->latest().size(), 32);
  EXPECT_EQ(ours_->latest().front(), 969);
  EXPECT_EQ(ours_->latest().back(), 7);
}

// The arguments of CreateChannel may have a mutator of the application, which must be called as before.
TEST_F(SocketMutatorTest, CallsTheMutatorThatWasThereBefore) {
  const auto theirs = std::make_shared<OpenedDescriptors>();
  RecordDescriptors(theirs, &arguments_);
  RecordDescriptors(ours_, &arguments_);
  const auto channel = Connected(arguments_);
  EXPECT_EQ(ConnectionsAmong(ours_->latest()), 1);
  EXPECT_THAT(theirs->latest(), UnorderedElementsAreArray(ours_->latest()));
}

TEST_F(SocketMutatorTest, EndsWithItsChannel) {
  RecordDescriptors(ours_, &arguments_);
  RecordDescriptors(std::make_shared<OpenedDescriptors>(), &arguments_);  // the first is the second's next
  const std::weak_ptr<OpenedDescriptors> weak = ours_;
  auto channel = Connected(arguments_);
  EXPECT_GT(weak.use_count(), 1);
  channel.reset();
  arguments_ = grpc::ChannelArguments();
  // gRPC destroys a channel on its own threads.
  EXPECT_TRUE(WaitUntil([&] { return weak.use_count() == 1; }));
}

}  // namespace
}  // namespace pinion::testing
