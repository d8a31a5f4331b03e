// Ports that hold their live connections to what is in effect. Private to the front doors.
#ifndef PINION_SERVER_LISTEN_H_
#define PINION_SERVER_LISTEN_H_

#include <grpcpp/server_builder.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "pinion/listener.h"
#include "pinion/workload/workload_parts.h"

namespace pinion {

// As Workload::Listen. The workload must serve.
absl::StatusOr<std::unique_ptr<Listener>> Listen(const WorkloadParts& parts, grpc::ServerBuilder& builder,
                                                 const std::string& address);

}  // namespace pinion

#endif  // PINION_SERVER_LISTEN_H_
