#include "pinion/transport/grpc/message_loop.h"

#include <gtest/gtest.h>

#include "pinion/base/steady_clock.h"

namespace pinion {
namespace {

// With many streams, the thread never waited.
TEST(MessageLoopTest, WaitsForATickHoweverManyStreamsThereAre) {
  for (const size_t streams : {size_t{0}, size_t{1}, size_t{511}, size_t{512}, size_t{10'000}}) {
    MessageLoop loop;
    grpc::CompletionQueue queue;
    loop.Add(&queue);
    loop.set_streams(streams);
    int turns = 0;
    const absl::Time end = SteadyNow() + absl::Milliseconds(200);
    loop.Run(
        absl::Milliseconds(50), [] { return true; }, [&] { return ++turns > 1'000 || SteadyNow() >= end; });
    EXPECT_LE(turns, 10) << streams;
    loop.Remove(&queue);
    EndQueue(&queue);
  }
}

}  // namespace
}  // namespace pinion
