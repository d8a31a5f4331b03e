// Channels of one workload: what they share, and what they do not do at once.
#include <algorithm>
#include <future>
#include <map>
#include <mutex>
#include <vector>

#include "pinion/testing/echo_server.h"
#include "pinion/workload.h"
#include "tests/e2e/parties.h"

namespace pinion::testing {
namespace {

using SharedWorkloadTest = PartiesTest;

// Counts the adopted pin sets.
class ReloadSink final : public EventSink {
 public:
  void OnHandshake(const HandshakeEvent& /*event*/) override {}
  void OnReload(const ReloadEvent& event) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (event.source == "pin_set" && event.error.empty()) ++pin_sets_[event.generation];
  }
  int PinSetsAdopted(int64_t generation) {
    const std::lock_guard<std::mutex> lock(mutex_);
    return pin_sets_[generation];
  }

 private:
  std::mutex mutex_;
  std::map<int64_t, int> pin_sets_;  // by generation
};

// A newly created workload would refuse the pin set.
TEST_F(SharedWorkloadTest, AChannelAfterTheLastHasGoneUsesWhatIsInEffect) {
  const EchoServer server(From("server"));
  const auto workload = OrDie(Workload::Create(From("client")));
  lab_.CreateChannelTo(server.address(), *workload).reset();
  Write("client", "pins.json", "{");
  EXPECT_FALSE(Workload::Create(From("client")).ok());
  const auto channel = lab_.CreateChannelTo(server.address(), *workload);
  EXPECT_THAT(Echo(channel), IsOk());
  WritePins("client", 2, "REVOKED", "ACTIVE");
  EXPECT_TRUE(CallsUntil(channel, v1::PIN_REVOKED));
}

TEST_F(SharedWorkloadTest, ChannelsOpenedAtOnceAdoptEachChangeOnceBetweenThem) {
  constexpr int kChannels = 16;
  const auto sink = std::make_shared<ReloadSink>();
  const auto workload = OrDie(Workload::Create(From("client", sink)));
  std::vector<std::future<absl::StatusOr<std::shared_ptr<grpc::ChannelInterface>>>> channels;
  std::promise<void> start;
  const std::shared_future<void> started = start.get_future().share();
  for (int i = 0; i < kChannels; ++i) {
    channels.push_back(std::async(std::launch::async, [&] {
      started.wait();
      return workload->CreateChannel("127.0.0.1:1");
    }));
  }
  start.set_value();
  for (auto& channel : channels) channel.wait();
  WritePins("client", 2, "ACTIVE", "BACKUP");
  ASSERT_TRUE(WaitUntil([&] { return sink->PinSetsAdopted(/*generation=*/2) > 0; }));
  WritePins("client", 3, "ACTIVE", "BACKUP");
  ASSERT_TRUE(WaitUntil([&] { return sink->PinSetsAdopted(/*generation=*/3) > 0; }));
  EXPECT_EQ(sink->PinSetsAdopted(/*generation=*/1), 1);
  EXPECT_EQ(sink->PinSetsAdopted(/*generation=*/2), 1);
}

// Otherwise thousands of channels that see a change at the same time would all reconnect at the same time.
TEST_F(SharedWorkloadTest, ManyChannelsReconnectAtDifferentTimes) {
  constexpr size_t kChannels = 20;
  const EchoServer server(From("server"));
  WorkloadOptions options = From("client", events_);
  options.drain_window = absl::Seconds(6);
  const auto workload = OrDie(Workload::Create(options));
  std::vector<std::shared_ptr<grpc::ChannelInterface>> channels;
  while (channels.size() < kChannels) channels.push_back(lab_.CreateChannelTo(server.address(), *workload));
  for (const auto& channel : channels) ASSERT_THAT(Echo(channel), IsOk());
  WriteParty("server", lab_.server_backup());
  server.workload()->Reload();
  ASSERT_TRUE(WaitUntil([&] {
    const auto newcomer = lab_.CreateChannelTo(server.address(), *workload);
    return Echo(newcomer).ok() && events_->handshakes().back().presented_pin == lab_.server_backup().SpkiPin();
  }));
  const size_t before = events_->handshakes().size();
  WritePins("client", 2, "", "ACTIVE");
  ASSERT_TRUE(WaitUntil([&] { return events_->handshakes().size() >= before + kChannels; }));
  std::vector<absl::Time> came;
  for (const HandshakeEvent& event : events_->handshakes()) came.push_back(event.time);
  const auto [first, last] = std::minmax_element(came.begin() + static_cast<std::ptrdiff_t>(before), came.end());
  EXPECT_GE(*last - *first, absl::Milliseconds(500));  // of two seconds, a third of the window
  for (const auto& channel : channels) EXPECT_THAT(Echo(channel), IsOk());
}

}  // namespace
}  // namespace pinion::testing
