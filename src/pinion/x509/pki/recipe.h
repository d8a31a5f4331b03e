// The recipes that most certificates begin with: throw-away ones, for tests and drills.
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

// A leaf for `names` (DNS names, URIs and IP addresses are told apart by their look), good for both sides of TLS, valid
// from an hour before `now` for 90 days.
CertificateRecipe LeafRecipe(const std::string& common_name, const std::vector<std::string>& names, absl::Time now);

// DER of a subjectAltName extension with one dNSName of exactly these bytes, a NUL among them if it must be. Fewer than
// 126 of them, here and below.
std::string RawDnsName(absl::string_view bytes);
// The same with one iPAddress of any length.
std::string RawIpAddress(absl::string_view bytes);

}  // namespace pinion::x509

#endif  // PINION_X509_PKI_RECIPE_H_
