// The CAs that may have issued the certificates of one kind of peer: the servers that this process calls, or the
// clients that call it.
#ifndef PINION_IDENTITY_PEER_ROOTS_H_
#define PINION_IDENTITY_PEER_ROOTS_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "pinion/x509/path/trust_roots.h"

namespace pinion {

// What errors, events and the status call the two kinds; the configuration's fields have "_file" behind it.
inline constexpr char kServerRoots[] = "server_roots";
inline constexpr char kClientRoots[] = "client_roots";

// InvalidArgument unless `pem` holds CA certificates and nothing else. Errors name `kind` and, where it is not empty,
// the file that the text came from.
absl::StatusOr<std::shared_ptr<const x509::TrustRoots>> PeerRootsFromPem(absl::string_view kind, absl::string_view pem,
                                                                         absl::string_view file = "");
}  // namespace pinion

#endif  // PINION_IDENTITY_PEER_ROOTS_H_
