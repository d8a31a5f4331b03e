// Handshakes, one after the other, each with one call on the connection that it makes.
#ifndef PINION_TESTS_BENCH_LOAD_HANDSHAKE_LOAD_H_
#define PINION_TESTS_BENCH_LOAD_HANDSHAKE_LOAD_H_

#include "absl/time/time.h"
#include "tests/bench/load/dialer.h"
#include "tests/bench/load/round.h"

namespace pinion::bench {

// A fresh channel each. Ends the process when a call fails.
Round RunFresh(const Dialer& dial, absl::Duration length);

// The same, but counts a failed call and goes on.
Round TryFresh(const Dialer& dial, absl::Duration length);

// One channel, whose connection is ended before each; `port` is the server's. Ends the process when a call fails, or
// when there is no connection to that port.
Round RunReconnects(const Dialer& dial, int port, absl::Duration length);

}  // namespace pinion::bench

#endif  // PINION_TESTS_BENCH_LOAD_HANDSHAKE_LOAD_H_
