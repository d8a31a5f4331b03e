#include "pinion/server/server_credentials_parts.h"

#include <utility>

#include "pinion/transport/tls_credentials.h"

namespace pinion {

absl::StatusOr<ServerCredentialsParts> MakeServerCredentialsParts(
    const WorkloadParts& parts, const std::shared_ptr<AcceptedConnections>& connections) {
  const std::shared_ptr<TrustState>& trust_state = parts.trust_state;
  ConnectionVerifier::Settings judge{PeerRole::kClient, parts.options.events, /*last_refusals=*/nullptr,
                                     parts.options.clock};
  if (connections != nullptr) {
    judge.judged = [connections](absl::string_view /*host*/, absl::string_view leaf_pem, bool accepted) {
      return connections->OnVerdict(leaf_pem, accepted);
    };
  }
  judge.shadow = [trust_state] { return trust_state->snapshot()->shadow_client_verifier; };
  judge.recorder = parts.recorder;
  const auto published = trust_state->PublishTo(Side::kServer);
  if (!published.ok()) return published.status();
  auto connection_verifier = std::make_shared<ConnectionVerifier>(
      // gRPC keeps the verifier alive as long as it uses the provider.
      [trust_state, published = *published] { return trust_state->snapshot()->client_verifier; }, std::move(judge));
  auto credentials = MakeTlsServerCredentials((*published)->provider, connection_verifier);
  return ServerCredentialsParts{std::move(credentials), std::move(connection_verifier)};
}

}  // namespace pinion
