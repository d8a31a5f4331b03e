// The echo service on a TestServer.
#ifndef PINION_TESTING_ECHO_SERVER_H_
#define PINION_TESTING_ECHO_SERVER_H_

#include <memory>
#include <string>

#include "pinion/echo/echo_service.h"
#include "pinion/testing/test_server.h"

namespace pinion::testing {

// A TestServer with the echo service.
class EchoServer {
 public:
  explicit EchoServer(const WorkloadOptions& options, int port = 0) : server_(options, {&service_}, port) {}
  explicit EchoServer(const std::shared_ptr<grpc::ServerCredentials>& credentials, int port = 0)
      : server_(credentials, {&service_}, port) {}

  std::string address() const { return server_.address(); }
  int port() const { return server_.port(); }
  const std::shared_ptr<Workload>& workload() const { return server_.workload(); }

 private:
  EchoService service_;
  TestServer server_;
};

}  // namespace pinion::testing

#endif  // PINION_TESTING_ECHO_SERVER_H_
