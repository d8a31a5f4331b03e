// Connections are drained in time although the clock is set back. The test sets this program's time of day.
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <ctime>

#include "pinion/testing/echo_server.h"
#include "tests/e2e/conversation.h"
#include "tests/e2e/parties.h"

namespace {
std::atomic<int64_t> minutes_ahead{0};
}  // namespace

extern "C" int clock_gettime(clockid_t clock, timespec* time) noexcept {
  const auto failed = static_cast<int>(syscall(SYS_clock_gettime, clock, time));
  if (failed == 0 && clock == CLOCK_REALTIME) time->tv_sec += minutes_ahead * 60;
  return failed;
}

namespace pinion::testing {
namespace {

using ClockSetBackTest = PartiesTest;

// Once, new calls used the drained connection until the clock had caught up.
TEST_F(ClockSetBackTest, ADrainedConnectionIsLeftInTime) {
  const EchoServer server(From("server"));
  WorkloadOptions options = From("client", events_);
  options.drain_window = absl::Seconds(20);
  const auto workload = OrDie(Workload::Create(options));
  const auto channel = lab_.CreateChannelTo(server.address(), *workload);
  Conversation conversation(channel);
  ASSERT_TRUE(conversation.Exchange());
  WritePins("client", 2, "", "ACTIVE");
  workload->Reload();
  ASSERT_EQ(events_->connections().size(), 1);
  const absl::Time before = absl::Now();
  minutes_ahead = -30;                                           // certificates are valid from an hour ago
  ASSERT_TRUE(WaitUntil([&] { return absl::Now() < before; }));  // absl notices within seconds
  EXPECT_TRUE(CallsUntil(channel, v1::PIN_MISMATCH));
  minutes_ahead = 0;
}

}  // namespace
}  // namespace pinion::testing
