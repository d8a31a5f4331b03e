#include "pinion/identity/peer_roots.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace pinion {

absl::StatusOr<std::shared_ptr<const x509::TrustRoots>> PeerRootsFromPem(absl::string_view kind, absl::string_view pem,
                                                                         absl::string_view file) {
  absl::StatusOr<x509::TrustRoots> roots = x509::TrustRoots::FromPem(pem);
  if (roots.ok()) return std::make_shared<const x509::TrustRoots>(*std::move(roots));
  return absl::InvalidArgumentError(
      absl::StrCat("trust: ", kind, file.empty() ? "" : absl::StrCat("_file (", absl::CHexEscape(file), ")"), ": ",
                   roots.status().message()));
}

}  // namespace pinion
