// The names a certificate claims: its subjectAltName extension (RFC 5280 §4.2.1.6), parsed from the DER.
#ifndef PINION_X509_NAMES_H_
#define PINION_X509_NAMES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "pinion/x509/host_name.h"

typedef struct x509_st X509;

namespace pinion::x509 {

// The kinds of name that Pinion uses; others (email, directory names, ...) are passed over.
struct SubjectAltNames {
  std::vector<std::string> dns;
  std::vector<std::string> uris;
  std::vector<std::string> addresses;  // 4 or 16 bytes each, network order

  // Whether one of the dns or addresses entries is for this host. The common name is never looked at.
  bool Covers(const HostName& host) const;
  // For a person: "DNS:a.test, URI:spiffe://...", escaped, the first few only.
  std::string ToString() const;
};

// InvalidArgument, saying what is wrong, for an extension that is not DER, stands twice, or holds a DNS name or URI
// with anything but visible ASCII (a NUL, above all) or an IP address of other than 4 or 16 bytes.
absl::StatusOr<SubjectAltNames> ParseSubjectAltNames(const X509* certificate);

}  // namespace pinion::x509

#endif  // PINION_X509_NAMES_H_
