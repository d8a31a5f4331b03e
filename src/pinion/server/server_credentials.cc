#include "pinion/server/server_credentials.h"

#include "pinion/server/server_credentials_parts.h"
#include "pinion/telemetry/event_queue.h"

namespace pinion {

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeServerCredentials(const ServerOptions& options) {
  const bool allows_all =
      options.policy == nullptr || options.policy->SaysTheSameAs(*AuthorizationPolicy::AllowEveryAuthenticatedPeer());
  const bool from_file = options.reload_from.has_value() && (!options.reload_from->authorization_policy_file.empty() ||
                                                             !options.reload_from->shadow_policy_file.empty());
  if (!allows_all || options.shadow_policy != nullptr || from_file) {
    return absl::FailedPreconditionError(
        "ServerOptions: credentials alone enforce no policy; use Listen, or AllowEveryAuthenticatedPeer()");
  }
  const absl::StatusOr<ServerCredentialsParts> parts =
      MakeServerCredentialsParts(WithEventQueue(options), /*connections=*/nullptr);
  if (!parts.ok()) return parts.status();
  return parts->credentials;
}

}  // namespace pinion
