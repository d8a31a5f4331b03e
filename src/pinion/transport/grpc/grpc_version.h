// The versions of gRPC that an implementation of transport/ supports. Private to transport/.
#ifndef PINION_TRANSPORT_GRPC_GRPC_VERSION_H_
#define PINION_TRANSPORT_GRPC_GRPC_VERSION_H_

#include "absl/strings/string_view.h"

namespace pinion {

// Whether `cpp` (grpc::Version()) and `core` (grpc_version_string()) are of a supported version. Each version that is
// added was compared with gRPC's source, since not all that transport/ depends on is published.
bool IsSupportedGrpc(absl::string_view cpp, absl::string_view core);

// What to run with, as part of a sentence: "gRPC 1.83, such as Debian's libgrpc++1.83".
absl::string_view SupportedGrpc();

}  // namespace pinion

#endif  // PINION_TRANSPORT_GRPC_GRPC_VERSION_H_
