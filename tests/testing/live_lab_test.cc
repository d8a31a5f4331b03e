// Keys change while channels are live, as tests of users' services require.
#include "pinion/testing/live_lab.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "pinion/echo/echo_service.h"
#include "pinion/testing/matchers.h"
#include "pinion/testing/wait_until.h"

namespace pinion::testing {
namespace {

// An echo stream; Echoes reports whether it still works.
class Stream {
 public:
  explicit Stream(const std::shared_ptr<grpc::ChannelInterface>& channel)
      : stub_(v1::Echo::NewStub(channel)), stream_(stub_->BidirectionalEcho(&context_)) {}
  ~Stream() { context_.TryCancel(); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  bool Echoes() {
    v1::EchoRequest request;
    v1::EchoResponse response;
    return stream_->Write(request) && stream_->Read(&response);
  }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<v1::Echo::Stub> stub_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::EchoRequest, v1::EchoResponse>> stream_;
};

TEST(LiveLabTest, TheServersKeyRotatesUnderALiveStream) {
  EchoService echo;
  LiveLab lab;
  const std::string address = lab.Serve(&echo);
  const auto channel = lab.ChannelTo(address);
  ASSERT_THAT(Echo(channel), IsOk());
  Stream stream(channel);
  ASSERT_TRUE(stream.Echoes());
  for (int round = 0; round < 2; ++round) {
    const std::string before = lab.server_pin();
    lab.RotateServerKey();
    EXPECT_NE(lab.server_pin(), before);
    EXPECT_TRUE(stream.Echoes());
    EXPECT_THAT(Echo(channel), IsOk());
    const auto fresh = lab.ChannelTo(address);
    EXPECT_THAT(Echo(fresh), IsOk());
    EXPECT_EQ(lab.lab().client_events().handshakes().back().presented_pin, lab.server_pin());
  }
}

TEST(LiveLabTest, ARevokedKeyEndsTheStreamAndTheChannelRecovers) {
  EchoService echo;
  LiveLab lab;
  const auto channel = lab.ChannelTo(lab.Serve(&echo));
  ASSERT_THAT(Echo(channel), IsOk());
  Stream stream(channel);
  ASSERT_TRUE(stream.Echoes());
  const std::string revoked = lab.server_pin();
  lab.RevokeServerKey();
  EXPECT_TRUE(WaitUntil([&] { return !stream.Echoes(); }));
  EXPECT_EQ(lab.server_pin(), revoked) << "the server still has it";
  EXPECT_TRUE(WaitUntil([&] { return RefusalReason(Echo(channel)) == v1::PIN_REVOKED; }));
  lab.ServeActiveKey();
  EXPECT_NE(lab.server_pin(), revoked);
  EXPECT_TRUE(WaitUntil([&] { return Echo(channel).ok(); }));
}

TEST(LiveLabTest, TheClientsKeyRotates) {
  EchoService echo;
  LiveLab lab;
  const auto channel = lab.ChannelTo(lab.Serve(&echo));
  ASSERT_THAT(Echo(channel), IsOk());
  const std::string before = lab.client_pin();
  EXPECT_EQ(lab.lab().server_events().handshakes().back().presented_pin, before);
  lab.RotateClientKey();
  EXPECT_NE(lab.client_pin(), before);
  EXPECT_TRUE(WaitUntil([&] {
    EXPECT_THAT(Echo(channel), IsOk());
    return lab.lab().server_events().handshakes().back().presented_pin == lab.client_pin();
  }));
}

TEST(LiveLabTest, LeavesNothingBehind) {
  const auto folders = [] {
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::temp_directory_path())) {
      if (entry.path().filename().string().rfind("pinion-live-lab-", 0) == 0) ++count;
    }
    return count;
  };
  const int before = folders();
  {
    const LiveLab lab;
    EXPECT_EQ(folders(), before + 1);
  }
  EXPECT_EQ(folders(), before);
}

}  // namespace
}  // namespace pinion::testing
