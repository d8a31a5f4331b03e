// What MakeServerCredentials and Listen have in common. Private to credentials/.
#ifndef PINION_CREDENTIALS_SERVER_CREDENTIALS_H_
#define PINION_CREDENTIALS_SERVER_CREDENTIALS_H_

#include <grpcpp/security/server_credentials.h>

#include <memory>

#include "absl/status/statusor.h"
#include "pinion/connection/accepted_connections.h"
#include "pinion/credentials/material.h"
#include "pinion/credentials/options.h"
#include "pinion/credentials/peer_gate.h"

namespace pinion {

// The credentials, and what they judge by.
struct ServerCredentialsParts {
  std::shared_ptr<grpc::ServerCredentials> credentials;
  std::shared_ptr<Material> material;
  std::shared_ptr<PeerGate> gate;
};

// `connections` are those that the credentials will judge; null where they are not known.
absl::StatusOr<ServerCredentialsParts> MakeServerCredentialsParts(
    const ServerOptions& options, const std::shared_ptr<AcceptedConnections>& connections);

}  // namespace pinion

#endif  // PINION_CREDENTIALS_SERVER_CREDENTIALS_H_
