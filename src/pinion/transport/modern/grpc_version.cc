#include "pinion/transport/grpc/grpc_version.h"

#include <grpcpp/grpcpp.h>

#include "absl/strings/match.h"
#include "pinion/transport/backend.h"

static_assert(GRPC_CPP_VERSION_MAJOR == 1 && GRPC_CPP_VERSION_MINOR == 83,
              "this implementation depends on gRPC 1.83's own data structures");

namespace pinion {

bool IsSupportedGrpc(absl::string_view cpp, absl::string_view core) {
  return absl::StartsWith(cpp, "1.83.") && absl::StartsWith(core, "56.");
}

absl::string_view BackendName() { return "modern"; }

absl::string_view SupportedGrpc() { return "gRPC 1.83 (Debian: libgrpc++1.83, libgrpc56)"; }

}  // namespace pinion
