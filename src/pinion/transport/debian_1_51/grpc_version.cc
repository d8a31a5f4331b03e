#include "pinion/transport/grpc/grpc_version.h"

#include <grpcpp/grpcpp.h>

#include "pinion/transport/backend.h"

static_assert(GRPC_CPP_VERSION_MAJOR == 1 && GRPC_CPP_VERSION_MINOR == 51 && GRPC_CPP_VERSION_PATCH == 1,
              "this implementation depends on gRPC 1.51.1's own data structures");

namespace pinion {

bool IsSupportedGrpc(absl::string_view cpp, absl::string_view core) { return cpp == "1.51.1" && core == "29.0.0"; }

absl::string_view BackendName() { return "debian_1_51"; }

absl::string_view SupportedGrpc() { return "Debian's gRPC 1.51.1 (libgrpc++1.51, libgrpc29)"; }

}  // namespace pinion
