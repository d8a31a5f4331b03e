#include <grpcpp/grpcpp.h>

#include <iostream>
#include <memory>
#include <string>

#include "greeter_service.h"
#include "pinion/workload.h"

int main(int argc, char** argv) {
  const std::string server_address = argc > 1 ? argv[1] : "127.0.0.1:50051";
  GreeterServiceImpl service;
  auto credentials = *(*pinion::Workload::FromFile("server.json"))->ServerCredentials();
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(server_address, credentials, &port);
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server(builder.BuildAndStart());
  if (server == nullptr) return 1;
  std::cout << "listening on port " << port << std::endl;
  server->Wait();
}
