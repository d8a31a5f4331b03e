// The rules for a certification path that OpenSSL's own check does not apply. docs/certificate-requirements.md lists
// all of them with their reasons.
#ifndef PINION_X509_PATH_PATH_RULES_H_
#define PINION_X509_PATH_PATH_RULES_H_

#include <optional>
#include <string>
#include <vector>

#include "pinion/v1/reason.pb.h"
#include "pinion/x509/certificate.h"
#include "pinion/x509/path/path_fault.h"
#include "pinion/x509/path/purpose.h"

namespace pinion::x509 {

struct BrokenRule {
  v1::Reason reason = v1::REASON_UNSPECIFIED;
  // The certificate and the rule that it breaks.
  std::string detail;
  PathCause cause = PathCause::kUnknown;
  // The depth of that certificate.
  size_t depth = 0;
};

// Whether the certificate's extended key usage, if any, includes the purpose. OpenSSL also accepts the "server gated
// cryptography" usages for servers; Pinion does not.
bool IsFor(const Certificate& certificate, Purpose purpose);

// The name of the certificate at this depth of a path in messages; the leaf has depth 0.
std::string Position(size_t depth);

// Returns the first rule that `path` breaks, or nullopt. OpenSSL must have verified the path; the leaf is first, the
// trust anchor last. Thread-safe.
std::optional<BrokenRule> FindBrokenRule(const std::vector<Certificate>& path, Purpose purpose);

}  // namespace pinion::x509

#endif  // PINION_X509_PATH_PATH_RULES_H_
