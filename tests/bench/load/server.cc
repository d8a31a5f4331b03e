// An echo server: server KIND [CONFIG]
//
// Serves on a free port of 127.0.0.1 until standard input ends. Prints {"port": …} on standard output, then its reloads
// (event_lines.h). KIND is one of
//   insecure         no TLS
//   stock            gRPC's own mutual TLS, the configuration's files read once
//   stock-watching   the same, with gRPC's file watcher
//   stock-filter     as stock, with gRPC's authorization filter, which allows every call unconditionally
//   credentials      Workload::ServerCredentials with a connection age, as README advises: no policy
//   pinion           Workload::Listen: the configuration's policy
// CONFIG is a server's configuration file; "insecure" needs none.
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <iostream>

#include "pinion/testing/or_die.h"
#include "pinion/transport/authorization_filter.h"
#include "pinion/transport/certificate_provider.h"
#include "pinion/workload.h"
#include "pinion/workload/snapshot.h"
#include "tests/bench/load/callback_echo.h"
#include "tests/bench/load/event_lines.h"
#include "tests/bench/load/round.h"

namespace pinion::bench {
namespace {

using grpc::experimental::CertificateProviderInterface;
using testing::OrDie;

constexpr char kAddress[] = "127.0.0.1:0";

std::shared_ptr<grpc::ServerCredentials> StockCredentials(
    const std::shared_ptr<CertificateProviderInterface>& provider) {
  grpc::experimental::TlsServerCredentialsOptions options(provider);
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  return grpc::experimental::TlsServerCredentials(options);
}

std::shared_ptr<CertificateProviderInterface> FileWatcher(const WorkloadOptions& options) {
  return std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
      options.private_key.file(), options.certificate.file(), options.client_roots.file(),
      /*refresh_interval_sec=*/1);
}

std::shared_ptr<grpc::ServerCredentials> Credentials(const std::string& kind, const WorkloadOptions& options,
                                                     grpc::ServerBuilder* builder) {
  if (kind == "stock-filter") {
    builder->experimental().SetAuthorizationPolicyProvider(
        OrDie(MakeAuthorizationProvider([](CallToAuthorize& /*call*/) { return true; })));
  }
  if (kind == "stock" || kind == "stock-filter") {
    const Snapshot own = OrDie(LoadSnapshot(options));
    return StockCredentials(OrDie(MakeGrpcProvider(PemOf(*own.identity, *own.client_roots))));
  }
  if (kind == "stock-watching") return StockCredentials(FileWatcher(options));
  if (kind != "credentials") Fail("no kind of server: " + kind);
  builder->AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, 15 * 60 * 1000);
  WorkloadOptions without_policy = options;
  without_policy.server->authorization_policy = DataSource();
  without_policy.server->authorization = v1::ALLOW_EVERY_AUTHENTICATED_PEER;
  return OrDie(OrDie(Workload::Create(without_policy))->ServerCredentials());
}

void Serve(const std::string& kind, const std::string& config) {
  grpc::ServerBuilder builder;
  std::unique_ptr<Listener> listener;
  int port = 0;
  if (kind == "insecure") {
    builder.AddListeningPort(kAddress, grpc::InsecureServerCredentials(), &port);
  } else {
    WorkloadOptions options = OrDie(WorkloadOptions::FromFile(config));
    options.events = std::make_shared<EventLines>();
    if (kind == "pinion") {
      listener = OrDie(OrDie(Workload::Create(options))->Listen(builder, kAddress));
      port = listener->port();
    } else {
      builder.AddListeningPort(kAddress, Credentials(kind, options, &builder), &port);
    }
  }
  CallbackEcho echo;
  builder.RegisterService(&echo);
  const auto server = builder.BuildAndStart();
  if (server == nullptr || port == 0) Fail("cannot serve on 127.0.0.1");
  PrintLine(nlohmann::json({{"port", port}}).dump());
  std::cin.ignore(std::numeric_limits<std::streamsize>::max());
  if (listener != nullptr) listener->Stop();
  server->Shutdown(std::chrono::system_clock::now());
}

}  // namespace
}  // namespace pinion::bench

int main(int argc, char** argv) {
  pinion::bench::ObeyEnvironment();
  if (argc != 2 && argc != 3) pinion::bench::Fail("usage: server KIND [CONFIG]");
  pinion::bench::Serve(argv[1], argc == 3 ? argv[2] : "");
}
