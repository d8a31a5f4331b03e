// SPIFFE IDs: the names of workloads, as URIs in certificates.
#ifndef PINION_X509_SPIFFE_ID_H_
#define PINION_X509_SPIFFE_ID_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace pinion::x509 {

// Whether the URI's scheme is spiffe, in whatever case.
bool IsSpiffeUri(absl::string_view uri);

// InvalidArgument, saying which rule is broken, unless it is a SPIFFE ID of a workload (SPIFFE-ID §2, X509-SVID §5.2):
// "spiffe://", a trust domain of lower-case letters, digits, '.', '-' and '_', 255 bytes at most, and a path of one or
// more segments of letters, digits, '.', '-' and '_', none of them "." or ".."; 2048 bytes at most in all.
absl::Status CheckSpiffeId(absl::string_view uri);

// The same for all URIs of a certificate: those that are not SPIFFE's pass, but beside a SPIFFE ID there may be no
// other URI (X509-SVID §2).
absl::Status CheckSpiffeIds(const std::vector<std::string>& uris);

}  // namespace pinion::x509

#endif  // PINION_X509_SPIFFE_ID_H_
