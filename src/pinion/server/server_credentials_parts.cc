#include "pinion/server/server_credentials_parts.h"

#include <utility>

#include "pinion/transport/debian_1_51/tls_credentials.h"

namespace pinion {

absl::StatusOr<ServerCredentialsParts> MakeServerCredentialsParts(
    const ServerOptions& options, const std::shared_ptr<AcceptedConnections>& connections) {
  if (options.unlisted_clients != v1::REFUSE && options.unlisted_clients != v1::ACCEPT) {
    return absl::InvalidArgumentError(
        "ServerOptions: unlisted_clients is missing; REFUSE refuses every client whose certificate names no peer of "
        "the "
        "pin set, ACCEPT accepts it without a pin when one of client_roots issued its certificate");
  }
  TrustState::Settings settings;
  settings.side = Side::kServer;
  settings.unlisted_clients = options.unlisted_clients;
  settings.policy = options.policy;
  settings.shadow_policy = options.shadow_policy;
  absl::StatusOr<std::shared_ptr<TrustState>> trust_state =
      MakeTrustState(options, options.client_roots, std::move(settings));
  if (!trust_state.ok()) return trust_state.status();
  ConnectionVerifier::Settings judge{PeerRole::kClient, options.events, /*last_refusals=*/nullptr, options.clock};
  if (connections != nullptr) {
    judge.judged = [connections](absl::string_view /*host*/, absl::string_view leaf_pem, bool /*accepted*/) {
      return connections->OnVerdict(leaf_pem);
    };
  }
  auto connection_verifier = std::make_shared<ConnectionVerifier>(
      [trust_state = *trust_state] { return trust_state->Verifier(); }, std::move(judge));
  auto credentials = MakeTlsServerCredentials((*trust_state)->GrpcProvider(), connection_verifier);
  return ServerCredentialsParts{std::move(credentials), *std::move(trust_state), std::move(connection_verifier)};
}

}  // namespace pinion
