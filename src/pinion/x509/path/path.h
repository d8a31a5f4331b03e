// Certification paths: built and checked here, never taken from the peer's word (RFC 5280 §6).
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
  // When refused: which certificate, and what about it; for what to do, the cause, and where that certificate stands.
  std::string detail;
  PathCause cause = PathCause::kUnknown;
  PathPlace place = PathPlace::kLeaf;
  // When accepted: the leaf first, the trust anchor last.
  std::vector<Certificate> path;
  // When accepted: the latest notBefore and the earliest notAfter on the path. It holds from the one and before the
  // other.
  absl::Time valid_from = absl::InfiniteFuture();
  absl::Time valid_until = absl::InfinitePast();
  // When accepted: OpenSSL, which takes the first issuer that fits and does not go back, finds no path, and neither
  // does gRPC's own check, which is OpenSSL's.
  bool is_alternative = false;
  // How many signatures the search for alternatives checked; see PathSearch.
  int signature_checks = 0;
};

// Finds a path from `leaf` over any of `candidates` (which prove nothing by being there) to one of `roots`, and checks
// Finds a path from `leaf` over any of `candidates` (which prove nothing by being there) to one of `roots`, and checks
// it at `now` by the rules of docs/certificate-requirements.md: OpenSSL's, with certificate policies, and ours
// (path_rules.h). No revocation lists. Where one path fails, others are tried, within a bound; a refusal tells of the
// first. May be called from any thread.
PathOutcome BuildPath(const Certificate& leaf, const std::vector<Certificate>& candidates, const TrustRoots& roots,
                      Purpose purpose, absl::Time now);

}  // namespace pinion::x509

#endif  // PINION_X509_PATH_PATH_H_
