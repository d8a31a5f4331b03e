// Messages on bidirectional streams.
#ifndef PINION_TESTS_BENCH_LOAD_STREAM_LOAD_H_
#define PINION_TESTS_BENCH_LOAD_STREAM_LOAD_H_

#include <grpcpp/impl/channel_interface.h>

#include <memory>

#include "absl/time/time.h"
#include "tests/bench/load/round.h"

namespace pinion::bench {

// Exchanges messages on this many streams of one channel, for this long: a message of 1 kB is written, its echo is
// read, and so on. A stream has one message at a time; `ahead` more may have been written before their echoes are read.
// A latency is a message's. Ends the process when a stream fails.
Round RunStreams(const std::shared_ptr<grpc::ChannelInterface>& channel, int streams, int ahead, absl::Duration length);

}  // namespace pinion::bench

#endif  // PINION_TESTS_BENCH_LOAD_STREAM_LOAD_H_
