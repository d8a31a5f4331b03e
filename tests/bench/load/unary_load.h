// Unary calls, a fixed number of them in flight.
#ifndef PINION_TESTS_BENCH_LOAD_UNARY_LOAD_H_
#define PINION_TESTS_BENCH_LOAD_UNARY_LOAD_H_

#include <grpcpp/impl/channel_interface.h>

#include <memory>

#include "absl/time/time.h"
#include "tests/bench/load/round.h"

namespace pinion::bench {

// Echoes five bytes on one channel for this long. The next call starts as soon as one has ended, all by this one thread
// and a completion queue. Ends the process when a call fails.
Round RunUnary(const std::shared_ptr<grpc::ChannelInterface>& channel, int in_flight, absl::Duration length);

}  // namespace pinion::bench

#endif  // PINION_TESTS_BENCH_LOAD_UNARY_LOAD_H_
