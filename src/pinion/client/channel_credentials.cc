#include "pinion/client/channel_credentials.h"

#include "pinion/connection/connection_verifier.h"
#include "pinion/telemetry/event_queue.h"
#include "pinion/transport/debian_1_51/tls_credentials.h"
#include "pinion/transport/debian_1_51/verifier_adapters.h"
#include "pinion/workload/trust_state.h"

namespace pinion {

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MakeChannelCredentials(const ChannelOptions& given) {
  const ChannelOptions options = WithEventQueue(given);
  const absl::StatusOr<std::shared_ptr<TrustState>> trust_state = MakeTrustState(options, options.server_roots, {});
  if (!trust_state.ok()) return trust_state.status();
  auto connection_verifier = std::make_shared<ConnectionVerifier>(
      [trust_state = *trust_state] { return trust_state->Verifier(); },
      ConnectionVerifier::Settings{PeerRole::kServer, options.events, options.last_refusals, options.clock});
  return grpc::CompositeChannelCredentials(
      MakeTlsChannelCredentials((*trust_state)->GrpcProvider(), connection_verifier),
      MakeCallRecheck(connection_verifier));
}

}  // namespace pinion
