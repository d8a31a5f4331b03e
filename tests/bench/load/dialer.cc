#include "tests/bench/load/dialer.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/tls_credentials_options.h>

#include "pinion/testing/or_die.h"
#include "pinion/transport/certificate_provider.h"
#include "pinion/workload.h"
#include "pinion/workload/snapshot.h"
#include "tests/bench/load/round.h"

namespace pinion::bench {
namespace {

using testing::OrDie;

grpc::ChannelArguments Arguments() {
  grpc::ChannelArguments arguments;
  // The channel dials the address, so that no name is looked up. Certificates are checked against the name.
  arguments.SetString(GRPC_ARG_DEFAULT_AUTHORITY, "localhost");
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return arguments;
}

std::shared_ptr<grpc::ChannelCredentials> StockCredentials(const WorkloadOptions& from) {
  const Snapshot own = OrDie(LoadSnapshot(from));
  grpc::experimental::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(OrDie(MakeGrpcProvider(PemOf(*own.identity, *own.server_roots))));
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  return grpc::experimental::TlsCredentials(options);
}

}  // namespace

Dialer MakeDialer(const std::string& kind, const std::string& config, const std::string& target,
                  const std::shared_ptr<EventSink>& events) {
  const auto with = [target](const std::shared_ptr<grpc::ChannelCredentials>& credentials) -> Dialer {
    return [=] { return grpc::CreateCustomChannel(target, credentials, Arguments()); };
  };
  if (kind == "insecure") return with(grpc::InsecureChannelCredentials());
  WorkloadOptions options = OrDie(WorkloadOptions::FromFile(config));
  options.events = events;
  if (kind == "stock") return with(StockCredentials(options));
  const std::shared_ptr<Workload> workload = OrDie(Workload::Create(options));
  if (kind == "credentials") return with(OrDie(workload->ChannelCredentials()));
  if (kind == "pinion") return [=] { return OrDie(workload->CreateChannel(target, Arguments())); };
  Fail("no kind of client: " + kind);
}

}  // namespace pinion::bench
