#include "tests/bench/load/handshake_load.h"

#include <dirent.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <chrono>
#include <functional>

#include "absl/strings/numbers.h"
#include "absl/time/clock.h"
#include "pinion/v1/echo.grpc.pb.h"

namespace pinion::bench {
namespace {

std::chrono::system_clock::time_point Soon() { return std::chrono::system_clock::now() + std::chrono::seconds(10); }

grpc::Status Echo(const std::shared_ptr<grpc::ChannelInterface>& channel, bool wait_for_ready) {
  grpc::ClientContext context;
  context.set_deadline(Soon());
  context.set_wait_for_ready(wait_for_ready);
  v1::EchoRequest request;
  request.set_message("hello");
  v1::EchoResponse response;
  return v1::Echo::NewStub(channel)->UnaryEcho(&context, request, &response);
}

void Must(const grpc::Status& status) {
  if (!status.ok()) Fail("a call failed: " + status.error_message());
}

// The time of `prepare` is not part of the latencies, but counts in the round.
Round Repeat(absl::Duration length, const std::function<void()>& prepare, const std::function<grpc::Status()>& shake) {
  Round round;
  const absl::Time begin = absl::Now();
  do {
    prepare();
    const absl::Time begun = absl::Now();
    const grpc::Status status = shake();
    if (status.ok()) {
      round.latencies.push_back(absl::Now() - begun);
    } else if (round.failed++ == 0) {
      round.first_failure = status.error_message();
    }
  } while (absl::Now() - begin < length);
  round.took = absl::Now() - begin;
  return round;
}

// The port that a connected socket is connected to; 0 for other descriptors. gRPC uses IPv6 sockets for IPv4, too.
int PeerPort(int fd) {
  sockaddr_in6 peer = {};
  socklen_t size = sizeof(peer);
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0) return 0;
  // The port is at the same offset for IPv4.
  return peer.sin6_family == AF_INET || peer.sin6_family == AF_INET6 ? ntohs(peer.sin6_port) : 0;
}

// Ends this process's connections to the port.
void EndConnections(int port) {
  bool ended = false;
  DIR* const folder = opendir("/proc/self/fd");
  while (const dirent* const entry = folder == nullptr ? nullptr : readdir(folder)) {
    int fd = -1;
    if (!absl::SimpleAtoi(entry->d_name, &fd) || PeerPort(fd) != port) continue;
    ended = shutdown(fd, SHUT_RDWR) == 0 || ended;
  }
  if (folder != nullptr) closedir(folder);
  if (!ended) Fail("the channel has no connection to end");
}

}  // namespace

Round TryFresh(const Dialer& dial, absl::Duration length) {
  return Repeat(
      length, [] {}, [&] { return Echo(dial(), /*wait_for_ready=*/false); });
}

Round RunFresh(const Dialer& dial, absl::Duration length) {
  return Repeat(
      length, [] {},
      [&] {
        const grpc::Status status = Echo(dial(), /*wait_for_ready=*/false);
        Must(status);
        return status;
      });
}

Round RunReconnects(const Dialer& dial, int port, absl::Duration length) {
  const auto channel = dial();
  Must(Echo(channel, /*wait_for_ready=*/true));
  return Repeat(
      length,
      [&] {
        EndConnections(port);
        if (!channel->WaitForStateChange(GRPC_CHANNEL_READY, Soon()))
          Fail("the channel does not notice that its connection has ended");
      },
      [&] {
        const grpc::Status status = Echo(channel, /*wait_for_ready=*/true);
        Must(status);
        return status;
      });
}

}  // namespace pinion::bench
