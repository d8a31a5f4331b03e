// Creates channels that check their live connections against the configuration in effect. Private to the public entry
// points.
#ifndef PINION_CLIENT_CREATE_CHANNEL_H_
#define PINION_CLIENT_CREATE_CHANNEL_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "pinion/adoption/workload_parts.h"
#include "pinion/workload.h"

namespace pinion {

// See Workload::CreateChannel. The workload must be one that calls.
absl::StatusOr<std::shared_ptr<grpc::ChannelInterface>> CreateChannel(const WorkloadParts& parts,
                                                                      const std::string& target,
                                                                      const grpc::ChannelArguments& arguments);

}  // namespace pinion

#endif  // PINION_CLIENT_CREATE_CHANNEL_H_
