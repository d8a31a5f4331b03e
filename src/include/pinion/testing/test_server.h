// A real gRPC server on a free loopback port, under mutual TLS.
#ifndef PINION_TESTING_TEST_SERVER_H_
#define PINION_TESTING_TEST_SERVER_H_

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <memory>
#include <string>
#include <vector>

#include "pinion/workload.h"

namespace pinion::testing {

// Serves from construction to destruction, which cancels running calls. Aborts the test if it cannot start.
class TestServer {
 public:
  // The caller owns the services, which must outlive the server. Port 0 chooses a free port.
  TestServer(const WorkloadOptions& options, const std::vector<grpc::Service*>& services, int port = 0);
  // The same with any credentials, for peers that do not use Pinion.
  TestServer(const std::shared_ptr<grpc::ServerCredentials>& credentials, const std::vector<grpc::Service*>& services,
             int port = 0);
  ~TestServer();
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  // "127.0.0.1:PORT".
  std::string address() const;
  int port() const { return port_; }
  // Null with other credentials.
  const std::shared_ptr<Workload>& workload() const { return workload_; }

 private:
  void Start(grpc::ServerBuilder* builder, const std::vector<grpc::Service*>& services);

  int port_ = 0;
  std::shared_ptr<Workload> workload_;
  std::unique_ptr<Listener> listener_;  // null with other credentials
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace pinion::testing

#endif  // PINION_TESTING_TEST_SERVER_H_
