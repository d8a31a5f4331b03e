// The lines of SetGrpcLog, on any version of gRPC. Private to transport/.
#ifndef PINION_TRANSPORT_GRPC_GRPC_LOG_LINES_H_
#define PINION_TRANSPORT_GRPC_GRPC_LOG_LINES_H_

#include <functional>
#include <string>

#include "absl/strings/string_view.h"

namespace pinion {

// Passes the following lines to `write`, as SetGrpcLog describes. Thread-safe.
void SetGrpcLogTarget(std::function<void(const std::string& line)> write);

// Adds one line, such as "gRPC E hpack.cc:12: bad value". Only after SetGrpcLogTarget. Thread-safe.
void AddGrpcLogLine(absl::string_view severity, absl::string_view file, int line, absl::string_view message);

}  // namespace pinion

#endif  // PINION_TRANSPORT_GRPC_GRPC_LOG_LINES_H_
