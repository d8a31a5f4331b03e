#include "tests/bench/load/held_connections.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "pinion/base/steady_clock.h"
#include "tests/bench/load/forked_process.h"
#include "tests/transport/raw_http2_call.h"

namespace pinion::bench {

HeldConnections::HeldConnections(int port, const std::vector<testing::IssuedCertificate>& as, size_t count) {
  const testing::RawHeaders headers = {
      {":method", "POST"},         {":scheme", "https"}, {":path", "/pinion.v1.Echo/BidirectionalEcho"},
      {":authority", "localhost"}, {"te", "trailers"},   {"content-type", "application/grpc"}};
  for (size_t i = 0; i < count; ++i) {
    // A new one each time: each connection has a whole handshake.
    testing::RawTlsClient client(testing::TlsVersion::k13, &as[i % as.size()]);
    auto connection = client.Open(port);
    if (connection == nullptr || !testing::BeginRaw(*connection, headers)) {
      Die(absl::StrCat("the server does not serve connection ", i));
    }
    connections_.push_back(std::move(connection));
  }
}

std::vector<absl::Time> HeldConnections::AwaitEnds(absl::Duration patience) {
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  for (size_t i = 0; i < connections_.size(); ++i) {
    epoll_event event = {};
    event.events = EPOLLRDHUP | EPOLLONESHOT;
    event.data.u64 = i;
    epoll_ctl(epoll, EPOLL_CTL_ADD, connections_[i]->descriptor(), &event);
  }
  std::vector<absl::Time> ends(connections_.size(), absl::InfiniteFuture());
  const absl::Time until = SteadyNow() + patience;
  for (size_t ended = 0; ended < ends.size() && SteadyNow() < until;) {
    std::array<epoll_event, 256> events = {};
    const int count = epoll_wait(epoll, events.data(), events.size(), /*timeout=*/100);
    const absl::Time now = SteadyNow();
    for (int i = 0; i < count; ++i) ends[events[i].data.u64] = now;
    ended += std::max(count, 0);
  }
  close(epoll);
  return ends;
}

}  // namespace pinion::bench
