// The port of a server.
#ifndef PINION_LISTENER_H_
#define PINION_LISTENER_H_

#include <grpcpp/server.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace pinion {

class ServerListener;

// The port that Workload::Listen opened, open as long as this lives. Keep it until the server is shut down. One thread;
// safe to use from any.
class Listener {
 public:
  // For Workload::Listen.
  explicit Listener(std::shared_ptr<ServerListener> port);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // The one that was asked for, or the free one that was taken.
  int port() const;
  // The IP addresses of the host that are not listened on, since this machine does not have them, each with the cause:
  // "[::1]:8443: Cannot assign requested address". Such as ::1 of "localhost" in a container without IPv6.
  const std::vector<std::string>& unavailable_addresses() const;
  // Accepts no more connections; those that are there go on, and are held to what is in effect. Call it before
  // grpc::Server::Shutdown, so that no client connects to a server that is about to end.
  void Stop();
  // Stops, asks each client to make its next calls elsewhere (GOAWAY), and waits until the calls that run have finished
  // and every connection has ended. False when `at_most` is over before that; may be called again. `server` is the one
  // that the builder made. Call grpc::Server::Shutdown afterwards: it refuses calls that arrive in the moment in which
  // it begins, so a call is only safe on a connection that ended before. Not within a callback of gRPC's.
  bool Drain(grpc::Server& server, absl::Duration at_most);

 private:
  const std::shared_ptr<ServerListener> port_;
};

}  // namespace pinion

#endif  // PINION_LISTENER_H_
