#include "pinion/credentials/channel.h"

#include <grpcpp/security/tls_credentials_options.h>

#include "pinion/credentials/grpc_adapters.h"
#include "pinion/identity/grpc_provider.h"

namespace pinion {

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MakeChannelCredentials(const ChannelOptions& options) {
  if (options.identity == nullptr) return absl::InvalidArgumentError("ChannelOptions: identity is missing");
  if (options.pin_set == nullptr) return absl::InvalidArgumentError("ChannelOptions: pin_set is missing");
  if (!options.clock) return absl::InvalidArgumentError("ChannelOptions: clock is missing");
  if (absl::Status status = options.identity->CheckUsable(x509::Purpose::kClientAuth, options.clock()); !status.ok()) {
    return status;
  }
  auto gate = std::make_shared<PeerGate>(
      PeerVerifier(options.identity->roots(), options.pin_set, v1::REQUIRED),
      PeerGate::Settings{PeerRole::kServer, options.events, options.last_refusals, options.clock});
  grpc::experimental::TlsChannelCredentialsOptions tls;
  tls.set_certificate_provider(MakeGrpcProvider(*options.identity));
  tls.watch_root_certs();
  tls.watch_identity_key_cert_pairs();
  tls.set_certificate_verifier(MakeHandshakeVerifier(gate));
  return grpc::CompositeChannelCredentials(grpc::experimental::TlsCredentials(tls), MakeCallRecheck(gate));
}

}  // namespace pinion
