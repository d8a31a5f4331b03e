#include "pinion/server/server_credentials.h"

#include "pinion/server/server_credentials_parts.h"

namespace pinion {

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeServerCredentials(const WorkloadParts& parts) {
  const ServerOptions& server = *parts.options.server;
  if (server.authorization != v1::ALLOW_EVERY_AUTHENTICATED_PEER) {
    return absl::FailedPreconditionError(
        "credentials alone enforce no policy; use Listen, or ALLOW_EVERY_AUTHENTICATED_PEER");
  }
  const absl::StatusOr<ServerCredentialsParts> made = MakeServerCredentialsParts(parts, /*connections=*/nullptr);
  if (!made.ok()) return made.status();
  return made->credentials;
}

}  // namespace pinion
