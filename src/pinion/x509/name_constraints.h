// The name constraints of a CA (RFC 5280 §4.2.1.10).
#ifndef PINION_X509_NAME_CONSTRAINTS_H_
#define PINION_X509_NAME_CONSTRAINTS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "pinion/x509/certificate.h"

namespace pinion::x509 {

// Returns InvalidArgument, with the malformed part, unless `value`, the extension's value, has at least one subtree, no
// empty list of subtrees, and in each subtree a base that can be compared: DNS names, hosts of URIs and e-mail
// addresses must be visible ASCII; DNS names and hosts must also be host names without a wildcard or a trailing dot; an
// IP address must have a contiguous mask. OpenSSL ignores a constraint that it cannot compare.
absl::Status CheckNameConstraints(absl::string_view value);

// Describes the leaf's wildcard that covers a name which a CA on the path excludes; empty if there is none. OpenSSL
// compares "*" like any other label, so it does not find *.a.test to be within an excluded b.a.test.
std::string FindExcludedWildcard(const std::vector<Certificate>& path);

}  // namespace pinion::x509

#endif  // PINION_X509_NAME_CONSTRAINTS_H_
