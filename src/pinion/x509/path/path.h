// Builds and verifies certification paths; a path from the peer is never trusted (RFC 5280 §6).
#ifndef PINION_X509_PATH_PATH_H_
#define PINION_X509_PATH_PATH_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "pinion/v1/reason.pb.h"
#include "pinion/x509/certificate.h"
#include "pinion/x509/path/path_fault.h"
#include "pinion/x509/path/purpose.h"
#include "pinion/x509/path/trust_roots.h"

namespace pinion::x509 {

struct PathOutcome {
  // ACCEPTED, or why there is no path: MALFORMED_CERTIFICATE, CHAIN_UNTRUSTED, CERTIFICATE_EXPIRED,
  // CERTIFICATE_NOT_YET_VALID, WRONG_PURPOSE, KEY_NOT_ALLOWED or SIGNATURE_NOT_ALLOWED.
  v1::Reason reason = v1::REASON_UNSPECIFIED;
  // If refused: the certificate and its fault, and, for the next step, the cause and the position of that certificate.
  std::string detail;
  PathCause cause = PathCause::kUnknown;
  PathPlace place = PathPlace::kLeaf;
  // If accepted: the leaf first, the trust anchor last.
  std::vector<Certificate> path;
  // If accepted: the latest notBefore and the earliest notAfter on the path. The path is valid at and after the former
  // and before the latter.
  absl::Time valid_from = absl::InfiniteFuture();
  absl::Time valid_until = absl::InfinitePast();
  // If accepted: OpenSSL, which uses the first matching issuer without backtracking, does not find this path, and
  // neither does gRPC's own check, which uses OpenSSL.
  bool is_alternative = false;
  // The number of signatures that the search for alternatives checked; see PathSearch.
  int signature_checks = 0;
};

// Finds a path from `leaf` through any of the `candidates`, which are not trusted, to one of `roots`, and verifies it
// at `now` by the rules of docs/certificate-requirements.md: OpenSSL's rules, with certificate policies, and Pinion's
// (path_rules.h). Revocation lists are not used. If a path fails, others are tried, up to a limit; a refusal describes
// the first. Thread-safe.
PathOutcome BuildPath(const Certificate& leaf, const std::vector<Certificate>& candidates, const TrustRoots& roots,
                      Purpose purpose, absl::Time now);

}  // namespace pinion::x509

#endif  // PINION_X509_PATH_PATH_H_
