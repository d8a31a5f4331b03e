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

// The names of the two kinds in errors, events and the status; the fields of the configuration add "_file".
inline constexpr char kServerRoots[] = "server_roots";
inline constexpr char kClientRoots[] = "client_roots";

// Returns InvalidArgument unless `pem` contains only CA certificates. Errors contain `kind` and, if it is not empty,
// the name of the file.
absl::StatusOr<std::shared_ptr<const x509::TrustRoots>> PeerRootsFromPem(absl::string_view kind, absl::string_view pem,
                                                                         absl::string_view file = "");

// A warning that names the CAs in `before` that are not in `after`; empty if there are none, or if `before` is null. A
// truncated file of roots cannot be told from one that takes a CA out.
std::string LostRoots(const x509::TrustRoots* before, const x509::TrustRoots& after);

}  // namespace pinion

#endif  // PINION_IDENTITY_PEER_ROOTS_H_
