#include "pinion/client/channel_credentials.h"

#include <utility>

#include "pinion/connection/connection_verifier.h"
#include "pinion/transport/tls_credentials.h"
#include "pinion/transport/verifier_adapters.h"

namespace pinion {

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MakeChannelCredentials(const WorkloadParts& parts) {
  const std::shared_ptr<TrustState>& trust_state = parts.trust_state;
  const auto published = trust_state->PublishTo(Side::kClient);
  if (!published.ok()) return published.status();
  ConnectionVerifier::Settings settings = {PeerRole::kServer, parts.options.events, parts.last_refusals,
                                           parts.options.clock};
  settings.shadow = [trust_state] { return trust_state->snapshot()->shadow_server_verifier; };
  settings.recorder = parts.recorder;
  auto connection_verifier = std::make_shared<ConnectionVerifier>(
      // gRPC keeps the verifier alive as long as it uses the provider.
      [trust_state, published = *published] { return trust_state->snapshot()->server_verifier; }, std::move(settings));
  return grpc::CompositeChannelCredentials(MakeTlsChannelCredentials((*published)->provider, connection_verifier),
                                           MakeCallRecheck(connection_verifier));
}

}  // namespace pinion
