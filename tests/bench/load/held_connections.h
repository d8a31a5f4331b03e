// Many connections to one server, each with a call, at little cost: without gRPC, which would connect again.
#ifndef TESTS_BENCH_LOAD_HELD_CONNECTIONS_H_
#define TESTS_BENCH_LOAD_HELD_CONNECTIONS_H_

#include <cstddef>
#include <memory>
#include <vector>

#include "absl/time/time.h"
#include "pinion/testing/test_ca.h"
#include "tests/e2e/raw_tls_client.h"

namespace pinion::bench {

// For one thread.
class HeldConnections {
 public:
  // Connects to 127.0.0.1 one after the other, with these certificates in turn, and waits until each call is served.
  // Ends the process if one is not.
  HeldConnections(int port, const std::vector<testing::IssuedCertificate>& as, size_t count);
  HeldConnections(const HeldConnections&) = delete;
  HeldConnections& operator=(const HeldConnections&) = delete;

  // Waits until the server has closed all of them, or for `patience`. Returns when each one was closed (SteadyNow);
  // InfiniteFuture for one that is open.
  std::vector<absl::Time> AwaitEnds(absl::Duration patience);

 private:
  std::vector<std::unique_ptr<testing::RawTlsConnection>> connections_;
};

}  // namespace pinion::bench

#endif  // TESTS_BENCH_LOAD_HELD_CONNECTIONS_H_
