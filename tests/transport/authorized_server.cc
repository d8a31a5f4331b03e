#include "tests/transport/authorized_server.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "pinion/testing/or_die.h"
#include "pinion/workload.h"

namespace pinion::testing {

AuthorizedServer::AuthorizedServer(const Lab& lab, DecideCall decide,
                                   const std::function<void(grpc::ServerBuilder&)>& prepare)
    : roots_(lab.ca().RootPem()) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort(
      "127.0.0.1:0", OrDie(OrDie(Workload::Create(lab.OptionsForServer(lab.server())))->ServerCredentials()), &port_);
  builder.experimental().SetAuthorizationPolicyProvider(OrDie(MakeAuthorizationProvider(std::move(decide))));
  prepare(builder);
  server_ = builder.BuildAndStart();
  if (server_ == nullptr || port_ == 0) {
    std::fprintf(stderr, "authorized_server: cannot serve\n");
    std::abort();
  }
}

AuthorizedServer::~AuthorizedServer() { Shutdown(); }

void AuthorizedServer::Shutdown() {
  server_->Shutdown(std::chrono::system_clock::now());
  server_->Wait();
}

std::shared_ptr<grpc::Channel> AuthorizedServer::ChannelAs(const IssuedCertificate& client) const {
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = roots_;
  options.pem_private_key = client.PrivateKeyPem();
  options.pem_cert_chain = client.CertificatePem();
  grpc::ChannelArguments arguments;
  arguments.SetSslTargetNameOverride(Lab::kServerHost);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return grpc::CreateCustomChannel(absl::StrCat("127.0.0.1:", port_), grpc::SslCredentials(options), arguments);
}

grpc::Status CallPath(const std::shared_ptr<grpc::Channel>& channel, const std::string& path, const Headers& headers) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
  for (const auto& [key, value] : headers) context.AddMetadata(key, value);
  grpc::CompletionQueue queue;
  const auto step = [&queue] {
    void* tag = nullptr;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  };
  const grpc::Slice nothing;
  const grpc::ByteBuffer request(&nothing, 1);
  const auto call = grpc::GenericStub(channel).PrepareCall(&context, path, &queue);
  call->StartCall(nullptr);
  if (step()) {
    call->WriteLast(request, grpc::WriteOptions(), nullptr);
    step();
    grpc::ByteBuffer response;
    do {
      call->Read(&response, nullptr);
    } while (step());
  }
  grpc::Status status;
  call->Finish(&status, nullptr);
  step();
  return status;
}

}  // namespace pinion::testing
