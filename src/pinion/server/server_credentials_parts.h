// The common part of MakeServerCredentials and Listen. Private to server/.
#ifndef PINION_SERVER_SERVER_CREDENTIALS_PARTS_H_
#define PINION_SERVER_SERVER_CREDENTIALS_PARTS_H_

#include <memory>

#include "absl/status/statusor.h"
#include "pinion/adoption/workload_parts.h"
#include "pinion/connection/connection_verifier.h"
#include "pinion/server/admission/accepted_connections.h"
#include "pinion/workload.h"

namespace pinion {

// The credentials and the verifier that they use.
struct ServerCredentialsParts {
  std::shared_ptr<grpc::ServerCredentials> credentials;
  std::shared_ptr<ConnectionVerifier> connection_verifier;
};

// `connections` are the connections that the credentials will verify; null if they are not known.
absl::StatusOr<ServerCredentialsParts> MakeServerCredentialsParts(
    const WorkloadParts& parts, const std::shared_ptr<AcceptedConnections>& connections);

}  // namespace pinion

#endif  // PINION_SERVER_SERVER_CREDENTIALS_PARTS_H_
