#include "pinion/testing/test_server.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "pinion/testing/or_die.h"

namespace pinion::testing {

TestServer::TestServer(const WorkloadOptions& options, const std::vector<grpc::Service*>& services, int port)
    : workload_(OrDie(Workload::Create(options))) {
  grpc::ServerBuilder builder;
  listener_ = OrDie(workload_->Listen(builder, absl::StrCat("127.0.0.1:", port)));
  port_ = listener_->port();
  Start(&builder, services);
}

TestServer::TestServer(const std::shared_ptr<grpc::ServerCredentials>& credentials,
                       const std::vector<grpc::Service*>& services, int port) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort(absl::StrCat("127.0.0.1:", port), credentials, &port_);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  Start(&builder, services);
}

void TestServer::Start(grpc::ServerBuilder* builder, const std::vector<grpc::Service*>& services) {
  for (grpc::Service* service : services) builder->RegisterService(service);
  server_ = builder->BuildAndStart();
  if (server_ == nullptr || port_ == 0) {
    std::fprintf(stderr, "pinion/testing: cannot serve on 127.0.0.1\n");
    std::abort();
  }
}

TestServer::~TestServer() {
  if (listener_ != nullptr) listener_->Stop();
  server_->Shutdown(std::chrono::system_clock::now());
  server_->Wait();
}

std::string TestServer::address() const { return absl::StrCat("127.0.0.1:", port_); }

}  // namespace pinion::testing
