#include "pinion/credentials/server.h"

#include "pinion/credentials/server_credentials.h"

namespace pinion {

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeServerCredentials(const ServerOptions& options) {
  const absl::StatusOr<ServerCredentialsParts> parts = MakeServerCredentialsParts(options);
  if (!parts.ok()) return parts.status();
  return parts->credentials;
}

}  // namespace pinion
