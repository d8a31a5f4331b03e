#include "pinion/credentials/server.h"

#include "pinion/credentials/server_credentials.h"

namespace pinion {

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeServerCredentials(const ServerOptions& options) {
  const bool allows_all =
      options.policy == nullptr || options.policy->SaysTheSameAs(*AuthorizationPolicy::AllowEveryAuthenticatedPeer());
  if (!allows_all || options.shadow_policy != nullptr) {
    return absl::FailedPreconditionError(
        "ServerOptions: credentials alone enforce no policy; use Listen, or AllowEveryAuthenticatedPeer()");
  }
  const absl::StatusOr<ServerCredentialsParts> parts = MakeServerCredentialsParts(options);
  if (!parts.ok()) return parts.status();
  return parts->credentials;
}

}  // namespace pinion
