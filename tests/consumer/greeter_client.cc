#include <grpcpp/grpcpp.h>

#include <iostream>
#include <string>

#include "helloworld.grpc.pb.h"
#include "pinion/workload.h"

int main(int argc, char** argv) {
  const std::string target = argc > 1 ? argv[1] : "localhost:50051";
  auto credentials = *(*pinion::Workload::FromFile("client.json"))->ChannelCredentials();
  const auto stub = helloworld::Greeter::NewStub(grpc::CreateChannel(target, credentials));
  helloworld::HelloRequest request;
  request.set_name("world");
  helloworld::HelloReply reply;
  grpc::ClientContext context;
  const grpc::Status status = stub->SayHello(&context, request, &reply);
  if (!status.ok()) {
    std::cerr << status.error_message() << std::endl;
    return 1;
  }
  std::cout << reply.message() << std::endl;
}
