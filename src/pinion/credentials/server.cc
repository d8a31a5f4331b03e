#include "pinion/credentials/server.h"

#include <grpcpp/security/tls_credentials_options.h>

#include "pinion/credentials/grpc_adapters.h"
#include "pinion/identity/grpc_provider.h"

namespace pinion {

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeServerCredentials(const ServerOptions& options) {
  if (options.identity == nullptr) return absl::InvalidArgumentError("ServerOptions: identity is missing");
  if (options.pin_set == nullptr) return absl::InvalidArgumentError("ServerOptions: pin_set is missing");
  if (!options.clock) return absl::InvalidArgumentError("ServerOptions: clock is missing");
  if (absl::Status status = options.identity->CheckUsable(x509::Purpose::kServerAuth, options.clock()); !status.ok()) {
    return status;
  }
  auto gate = std::make_shared<PeerGate>(
      PeerVerifier(options.identity->roots(), options.pin_set, options.client_pins),
      PeerGate::Settings{PeerRole::kClient, options.events, /*last_refusals=*/nullptr, options.clock});
  grpc::experimental::TlsServerCredentialsOptions tls(MakeGrpcProvider(*options.identity));
  tls.watch_root_certs();
  tls.watch_identity_key_cert_pairs();
  tls.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  tls.set_certificate_verifier(MakeHandshakeVerifier(gate));
  return grpc::experimental::TlsServerCredentials(tls);
}

}  // namespace pinion
