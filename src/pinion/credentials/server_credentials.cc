#include "pinion/credentials/server_credentials.h"

#include <grpcpp/security/tls_credentials_options.h>

#include <utility>

#include "pinion/credentials/grpc_adapters.h"

namespace pinion {

absl::StatusOr<ServerCredentialsParts> MakeServerCredentialsParts(
    const ServerOptions& options, const std::shared_ptr<AcceptedConnections>& connections) {
  if (options.unlisted_clients != v1::REFUSE && options.unlisted_clients != v1::ACCEPT) {
    return absl::InvalidArgumentError(
        "ServerOptions: unlisted_clients is missing; REFUSE refuses every client whose certificate names no peer of "
        "the "
        "pin set, ACCEPT accepts it without a pin when one of client_roots issued its certificate");
  }
  Material::Settings settings;
  settings.side = Side::kServer;
  settings.unlisted_clients = options.unlisted_clients;
  settings.policy = options.policy;
  settings.shadow_policy = options.shadow_policy;
  absl::StatusOr<std::shared_ptr<Material>> material = MakeMaterial(options, options.client_roots, std::move(settings));
  if (!material.ok()) return material.status();
  PeerGate::Settings judge{PeerRole::kClient, options.events, /*last_refusals=*/nullptr, options.clock};
  if (connections != nullptr) {
    judge.judged = [connections](absl::string_view /*host*/, absl::string_view leaf_pem, bool /*accepted*/) {
      return connections->OnVerdict(leaf_pem);
    };
  }
  auto gate = std::make_shared<PeerGate>([material = *material] { return material->Verifier(); }, std::move(judge));
  grpc::experimental::TlsServerCredentialsOptions tls((*material)->GrpcProvider());
  tls.watch_root_certs();
  tls.watch_identity_key_cert_pairs();
  tls.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  tls.set_certificate_verifier(MakeHandshakeVerifier(gate));
  return ServerCredentialsParts{grpc::experimental::TlsServerCredentials(tls), *std::move(material), std::move(gate)};
}

}  // namespace pinion
