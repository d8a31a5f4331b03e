#include "pinion/credentials/channel.h"

#include <grpcpp/security/tls_credentials_options.h>

#include "pinion/credentials/event_queue.h"
#include "pinion/credentials/grpc_adapters.h"
#include "pinion/credentials/material.h"

namespace pinion {

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MakeChannelCredentials(const ChannelOptions& given) {
  const ChannelOptions options = WithEventQueue(given);
  const absl::StatusOr<std::shared_ptr<Material>> material = MakeMaterial(options, options.server_roots, {});
  if (!material.ok()) return material.status();
  auto gate = std::make_shared<PeerGate>(
      [material = *material] { return material->Verifier(); },
      PeerGate::Settings{PeerRole::kServer, options.events, options.last_refusals, options.clock});
  grpc::experimental::TlsChannelCredentialsOptions tls;
  tls.set_certificate_provider((*material)->GrpcProvider());
  tls.watch_root_certs();
  tls.watch_identity_key_cert_pairs();
  tls.set_certificate_verifier(MakeHandshakeVerifier(gate));
  return grpc::CompositeChannelCredentials(grpc::experimental::TlsCredentials(tls), MakeCallRecheck(gate));
}

}  // namespace pinion
