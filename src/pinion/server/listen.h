// Opens ports that check their live connections against the configuration in effect. Private to the public entry
// points.
#ifndef PINION_SERVER_LISTEN_H_
#define PINION_SERVER_LISTEN_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "pinion/adoption/workload_parts.h"
#include "pinion/listener.h"
#include "pinion/workload.h"

namespace pinion {

// See Workload::Listen. The workload must be one that serves.
absl::StatusOr<std::unique_ptr<Listener>> Listen(const WorkloadParts& parts, grpc::ServerBuilder& builder,
                                                 const std::string& address);

}  // namespace pinion

#endif  // PINION_SERVER_LISTEN_H_
