// The name constraints of a CA (RFC 5280 §4.2.1.10).
#ifndef PINION_X509_NAME_CONSTRAINTS_H_
#define PINION_X509_NAME_CONSTRAINTS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "pinion/x509/certificate.h"

namespace pinion::x509 {

// InvalidArgument, saying what is malformed, unless `value`, the extension's, has at least one subtree, no list of
// subtrees without any, and in each subtree a base that can be compared: a DNS name, a URI's host and an e-mail address
// are visible ASCII, DNS names and hosts also host names without a wildcard or an ending dot, and an IP address is one
// with a contiguous mask. OpenSSL takes what it cannot compare for no constraint.
absl::Status CheckNameConstraints(absl::string_view value);

// Says which of the leaf's wildcards covers a name that a CA on the path excludes; empty when none does. OpenSSL
// compares "*" like any other label, so that *.a.test is not below an excluded b.a.test.
std::string FindExcludedWildcard(const std::vector<Certificate>& path);

}  // namespace pinion::x509

#endif  // PINION_X509_NAME_CONSTRAINTS_H_
