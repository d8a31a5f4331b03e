// Credentials for gRPC's own listening ports. Private to the public entry points.
#ifndef PINION_SERVER_SERVER_CREDENTIALS_H_
#define PINION_SERVER_SERVER_CREDENTIALS_H_

#include <memory>

#include "absl/status/statusor.h"
#include "pinion/adoption/workload_parts.h"
#include "pinion/workload.h"

namespace pinion {

// See Workload::ServerCredentials. The workload must be one that serves.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeServerCredentials(const WorkloadParts& parts);

}  // namespace pinion

#endif  // PINION_SERVER_SERVER_CREDENTIALS_H_
