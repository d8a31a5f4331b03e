// Credentials for gRPC's own listening ports. Private to the front doors.
#ifndef PINION_SERVER_SERVER_CREDENTIALS_H_
#define PINION_SERVER_SERVER_CREDENTIALS_H_

#include <grpcpp/security/server_credentials.h>

#include <memory>

#include "absl/status/statusor.h"
#include "pinion/workload/workload_parts.h"

namespace pinion {

// As Workload::ServerCredentials. The workload must serve.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeServerCredentials(const WorkloadParts& parts);

}  // namespace pinion

#endif  // PINION_SERVER_SERVER_CREDENTIALS_H_
