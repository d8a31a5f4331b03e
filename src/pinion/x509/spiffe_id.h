// SPIFFE IDs: names of workloads, as URIs in certificates.
#ifndef PINION_X509_SPIFFE_ID_H_
#define PINION_X509_SPIFFE_ID_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace pinion::x509 {

// Whether the URI's scheme is spiffe, in upper or lower case.
bool IsSpiffeUri(absl::string_view uri);

// Returns InvalidArgument, with the broken rule, unless the URI is a SPIFFE ID of a workload (SPIFFE-ID §2, X509-SVID
// §5.2): "spiffe://", a trust domain of lower-case letters, digits, '.', '-' and '_', 255 bytes at most, and a path of
// one or more segments of letters, digits, '.', '-' and '_', none of them "." or ".."; 2048 bytes at most in all.
absl::Status CheckSpiffeId(absl::string_view uri);

// The same for all URIs of a certificate. Other URIs are accepted, but a certificate with a SPIFFE ID must not have
// another URI (X509-SVID §2).
absl::Status CheckSpiffeIds(const std::vector<std::string>& uris);

}  // namespace pinion::x509

#endif  // PINION_X509_SPIFFE_ID_H_
