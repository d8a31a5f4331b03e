// The server's front door, whole: a port that holds its live connections to what is in force.
//
//   absl::StatusOr<pinion::ServerOptions> options = pinion::ServerOptions::FromFile("server.json");
//   grpc::ServerBuilder builder;
//   auto listener = pinion::Listen(builder, "0.0.0.0:8443", *options);
//   builder.RegisterService(&payments);
//   auto server = builder.BuildAndStart();
#ifndef PINION_SERVER_LISTEN_H_
#define PINION_SERVER_LISTEN_H_

#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "pinion/workload/options.h"

namespace pinion {

class ServerListener;

// The port, open as long as this lives. Keep it until the server is shut down. One thread; safe to use from any.
class Listener {
 public:
  explicit Listener(std::shared_ptr<ServerListener> port);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // The one that was asked for, or the free one that was taken.
  int port() const;
  // The IP addresses of the host that are not listened on, since this machine does not have them, each with the cause:
  // "[::1]:8443: Cannot assign requested address". Such as ::1 of "localhost" in a container without IPv6.
  const std::vector<std::string>& unavailable_addresses() const;
  // Accepts no more connections; those that are there go on, and are held to what is in force. Call it before
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

// Adds the port to the builder, with MakeServerCredentials' protection, limits (options.limits), and:
//  - Each call is decided by options.policy before its handler runs, and audited as the policy says: an Authorizer
//    (authorization/authorizer.h). A policy that is replaced decides the next call.
//  - Connections of clients whose key is REVOKED are closed at once, with their calls and streams. The same for clients
//    of a peer that the pin set begins to list, and of which their key is no pin.
//  - Connections of clients that are no longer accepted for another reason are closed when options.drain_window is
//  over.
//  - No other connection ends, unless options.max_connection_age says so.
// `address` is "HOST:PORT"; "*" is every address of this machine, and port 0 takes a free one. Connections are accepted
// from BuildAndStart on.
//
// A Listen that fails leaves the builder as it was. One Listen a builder: a second is FailedPrecondition, as is a gRPC
// whose authorization filter cannot be trusted. Other errors as of MakeServerCredentials; InvalidArgument when the
// address is none; Unavailable when none of its IP addresses is here, or one is here and cannot be had, such as one
// whose port is taken.
absl::StatusOr<std::unique_ptr<Listener>> Listen(grpc::ServerBuilder& builder, const std::string& address,
                                                 const ServerOptions& options);

}  // namespace pinion

#endif  // PINION_SERVER_LISTEN_H_
