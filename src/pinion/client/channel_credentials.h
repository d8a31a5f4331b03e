// Credentials for gRPC's own channels. Private to the public entry points.
#ifndef PINION_CLIENT_CHANNEL_CREDENTIALS_H_
#define PINION_CLIENT_CHANNEL_CREDENTIALS_H_

#include <memory>

#include "absl/status/statusor.h"
#include "pinion/adoption/workload_parts.h"
#include "pinion/workload.h"

namespace pinion {

// See Workload::ChannelCredentials. The workload must be one that calls.
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MakeChannelCredentials(const WorkloadParts& parts);

}  // namespace pinion

#endif  // PINION_CLIENT_CHANNEL_CREDENTIALS_H_
