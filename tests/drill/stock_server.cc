// gRPC's own server with gRPC's own TLS, which requires and verifies a client certificate, to test `pinion drill
// server` with. It runs until it is killed.
//   stock_server ADDRESS ROOTS CERTIFICATE KEY
#include <grpcpp/grpcpp.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "pinion/echo/echo_service.h"

namespace {

std::string Read(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  grpc::SslServerCredentialsOptions options(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_root_certs = Read(argv[2]);
  options.pem_key_cert_pairs.push_back({Read(argv[4]), Read(argv[3])});
  pinion::EchoService echo;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(argv[1], grpc::SslServerCredentials(options));
  builder.RegisterService(&echo);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) return 1;
  server->Wait();
}
