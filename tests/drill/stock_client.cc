// gRPC's own client with gRPC's own TLS and its defaults, to test `pinion drill client` with.
//   stock_client TARGET ROOTS CERTIFICATE KEY
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "pinion/v1/echo.grpc.pb.h"

namespace {

std::string Read(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  const grpc::SslCredentialsOptions options = {Read(argv[2]), Read(argv[4]), Read(argv[3])};
  const auto stub = pinion::v1::Echo::NewStub(grpc::CreateChannel(argv[1], grpc::SslCredentials(options)));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
  pinion::v1::EchoRequest request;
  pinion::v1::EchoResponse response;
  const grpc::Status status = stub->UnaryEcho(&context, request, &response);
  if (!status.ok()) std::cerr << status.error_message() << "\n";
  return status.ok() ? 0 : 1;
}
