// The listening port of a server.
#ifndef PINION_LISTENER_H_
#define PINION_LISTENER_H_

#include <grpcpp/server.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "pinion/export.h"

namespace pinion {

class ServerListener;

// The port that Workload::Listen opened. It stays open for the lifetime of this object; keep the object until the
// server is shut down. Runs one thread. Thread-safe.
class PINION_EXPORT Listener {
 public:
  // For Workload::Listen.
  explicit Listener(std::shared_ptr<ServerListener> port);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // The requested port, or the free port that was chosen if 0 was requested.
  int port() const;
  // The IP addresses of the host that the server does not listen on because this machine does not have them, each with
  // the cause: "[::1]:8443: Cannot assign requested address". An example is ::1 of "localhost" in a container without
  // IPv6.
  const std::vector<std::string>& unavailable_addresses() const;
  // Stops accepting connections. Existing connections continue and are still checked against the configuration in
  // effect. Call this before grpc::Server::Shutdown, so that no client connects to a server that is about to shut down.
  void Stop();
  // Stops accepting connections, asks each client to make its next calls on another connection (GOAWAY), and waits
  // until all running calls have finished and all connections are closed. Returns false if this takes longer than
  // `at_most`; it may then be called again. `server` is the server that the builder made. Call grpc::Server::Shutdown
  // afterwards: it refuses calls that arrive at the moment it begins, so only closing all connections first guarantees
  // that no call is lost. Must not be called within a gRPC callback.
  bool Drain(grpc::Server& server, absl::Duration at_most);

 private:
  const std::shared_ptr<ServerListener> port_;
};

}  // namespace pinion

#endif  // PINION_LISTENER_H_
