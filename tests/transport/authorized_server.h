// A server for which a test decides each call, under the lab's mutual TLS and in memory.
#ifndef PINION_TESTS_TRANSPORT_AUTHORIZED_SERVER_H_
#define PINION_TESTS_TRANSPORT_AUTHORIZED_SERVER_H_

#include <grpcpp/channel.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "pinion/testing/lab.h"
#include "pinion/transport/authorization_filter.h"

namespace pinion::testing {

// Serves from construction to destruction, which cancels what is still running. Aborts the test when it cannot start.
class AuthorizedServer {
 public:
  AuthorizedServer(const Lab& lab, DecideCall decide, const std::function<void(grpc::ServerBuilder&)>& prepare);
  ~AuthorizedServer();
  AuthorizedServer(const AuthorizedServer&) = delete;
  AuthorizedServer& operator=(const AuthorizedServer&) = delete;

  int port() const { return port_; }
  // A channel with gRPC's own TLS, without Pinion, that presents this certificate.
  std::shared_ptr<grpc::Channel> ChannelAs(const IssuedCertificate& client) const;
  std::shared_ptr<grpc::Channel> InMemory() { return server_->InProcessChannel(grpc::ChannelArguments()); }
  void Shutdown();

 private:
  const std::string roots_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

using Headers = std::vector<std::pair<std::string, std::string>>;

// A call of any method by its path, with one empty message, to its end; fails after ten seconds.
grpc::Status CallPath(const std::shared_ptr<grpc::Channel>& channel, const std::string& path,
                      const Headers& headers = {});

}  // namespace pinion::testing

#endif  // PINION_TESTS_TRANSPORT_AUTHORIZED_SERVER_H_
