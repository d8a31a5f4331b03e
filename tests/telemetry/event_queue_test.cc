// Event sinks that break the rules lose events, and affect nothing else.
#include "pinion/telemetry/event_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "pinion/testing/wait_until.h"

namespace pinion {
namespace {

using ::pinion::testing::WaitUntil;
using ::testing::ElementsAre;

// Records the host of each event; hangs at "hang" until Release, throws at "throw".
class UnrulySink final : public EventSink {
 public:
  void OnHandshake(const HandshakeEvent& event) override {
    if (event.host == "throw") throw std::runtime_error("unruly");
    std::unique_lock<std::mutex> lock(mutex_);
    if (event.host == "hang") {
      hangs_ = true;
      released_.wait(lock, [this] { return is_released_; });
    }
    records_.push_back(event.host);
  }
  void OnAudit(const AuditEvent& /*event*/) override { throw std::runtime_error("unruly"); }
  void OnEventsLost(int64_t count) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    records_.push_back(absl::StrCat(count, " lost"));
  }
  void Release() {
    const std::lock_guard<std::mutex> lock(mutex_);
    is_released_ = true;
    released_.notify_all();
  }
  bool hangs() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return hangs_;
  }
  std::vector<std::string> records() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return records_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable released_;
  bool is_released_ = false;
  bool hangs_ = false;
  std::vector<std::string> records_;
};

class EventQueueTest : public ::testing::Test {
 protected:
  void Send(const std::string& host) const {
    HandshakeEvent event;
    event.host = host;
    queue_->OnHandshake(event);
  }

  const std::shared_ptr<UnrulySink> sink_ = std::make_shared<UnrulySink>();
  std::shared_ptr<EventSink> queue_ = std::make_shared<EventQueue>(sink_);
};

TEST_F(EventQueueTest, TheSinkReceivesAnEventBeforeTheCallReturns) {
  Send("a");
  EXPECT_THAT(sink_->records(), ElementsAre("a"));
  Send("b");
  EXPECT_THAT(sink_->records(), ElementsAre("a", "b"));
}

// Records the kind of each event.
class KindsSink final : public EventSink {
 public:
  void OnHandshake(const HandshakeEvent& /*event*/) override { kinds.emplace_back("handshake"); }
  void OnReload(const ReloadEvent& /*event*/) override { kinds.emplace_back("reload"); }
  void OnExpiry(const ExpiryEvent& /*event*/) override { kinds.emplace_back("expiry"); }
  void OnConnection(const ConnectionEvent& /*event*/) override { kinds.emplace_back("connection"); }
  void OnAudit(const AuditEvent& /*event*/) override { kinds.emplace_back("audit"); }
  void OnAuditLogger(const AuditLoggerEvent& /*event*/) override { kinds.emplace_back("audit logger"); }
  std::vector<std::string> kinds;
};

TEST(EventQueue, PassesOnEveryKindOfEvent) {
  const auto sink = std::make_shared<KindsSink>();
  const std::shared_ptr<EventSink> queue = std::make_shared<EventQueue>(sink);
  queue->OnHandshake({});
  queue->OnReload({});
  queue->OnExpiry({});
  queue->OnConnection({});
  queue->OnAudit({});
  queue->OnAuditLogger({});
  EXPECT_THAT(sink->kinds, ElementsAre("handshake", "reload", "expiry", "connection", "audit", "audit logger"));
}

TEST_F(EventQueueTest, AnExceptionOfTheSinkLosesThatEventAlone) {
  Send("throw");
  Send("throw");
  Send("after");
  EXPECT_THAT(sink_->records(), ElementsAre("1 lost", "1 lost", "after"));
}

TEST_F(EventQueueTest, AnAuditThatThrowsEndsNothing) {
  queue_->OnAudit({});
  Send("after");
  EXPECT_THAT(sink_->records(), ElementsAre("after"));
}

// A server that logged to a pipe without a reader once stopped accepting clients.
TEST_F(EventQueueTest, ASinkThatHangsBlocksNoCallerAndLosesWhatDoesNotFit) {
  Send("hang");
  ASSERT_TRUE(sink_->hangs());
  for (size_t i = 0; i < EventQueue::kMaxWaiting + 3; ++i) Send("waiting");
  EXPECT_THAT(sink_->records(), ElementsAre());
  sink_->Release();
  ASSERT_TRUE(WaitUntil([&] { return sink_->records().size() == EventQueue::kMaxWaiting + 2; }));
  EXPECT_EQ(sink_->records()[0], "hang");
  EXPECT_EQ(sink_->records()[1], "3 lost");
  Send("after");
  EXPECT_TRUE(WaitUntil([&] { return sink_->records().back() == "after"; }));
}

TEST_F(EventQueueTest, EndsWhileTheSinkHangs) {
  Send("hang");
  queue_.reset();
  sink_->Release();
  EXPECT_TRUE(WaitUntil([&] { return sink_->records().size() == 1; }));
}

}  // namespace
}  // namespace pinion
