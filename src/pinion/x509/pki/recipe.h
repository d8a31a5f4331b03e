// Common recipes for temporary certificates of tests and drills.
#ifndef PINION_X509_PKI_RECIPE_H_
#define PINION_X509_PKI_RECIPE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "pinion/x509/pki/issue.h"

namespace pinion::x509 {

// A CA, valid from a day before `now` to ten years after.
CertificateRecipe CaRecipe(const std::string& name, absl::Time now);

// A leaf for `names`, valid for both sides of TLS, from an hour before `now` for 90 days. Each name is a DNS name, a
// URI or an IP address, according to its syntax.
CertificateRecipe LeafRecipe(const std::string& common_name, const std::vector<std::string>& names, absl::Time now);

// The DER of a subjectAltName extension with one dNSName of exactly these bytes, which may include a NUL. At most 125
// bytes, here and below.
std::string RawDnsName(absl::string_view bytes);
// The same with one iPAddress of any length.
std::string RawIpAddress(absl::string_view bytes);

}  // namespace pinion::x509

#endif  // PINION_X509_PKI_RECIPE_H_
