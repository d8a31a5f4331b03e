// The names of a certificate: its subjectAltName extension (RFC 5280 §4.2.1.6), parsed from the DER.
#ifndef PINION_X509_NAMES_H_
#define PINION_X509_NAMES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "pinion/x509/host_name.h"

typedef struct x509_st X509;
typedef struct X509_req_st X509_REQ;

namespace pinion::x509 {

// The kinds of names that Pinion uses; others (email, directory names, ...) are ignored.
struct SubjectAltNames {
  std::vector<std::string> dns;
  std::vector<std::string> uris;
  std::vector<std::string> addresses;  // 4 or 16 bytes each, network order

  // Whether one of the dns or addresses entries matches this host. The common name is never used.
  bool Covers(const HostName& host) const;
  // For operators: "DNS:a.test, URI:spiffe://...", escaped, only the first few names.
  std::string ToString() const;
};

// Returns InvalidArgument, with a description, for an extension that is not DER, occurs twice, or contains a DNS name
// or URI with other bytes than visible ASCII (in particular, a NUL) or an IP address that is not 4 or 16 bytes long.
absl::StatusOr<SubjectAltNames> ParseSubjectAltNames(const X509* certificate);
// The same for the extensions that a certificate request asks for (RFC 2985 §5.4.2).
absl::StatusOr<SubjectAltNames> ParseSubjectAltNames(X509_REQ* request);

}  // namespace pinion::x509

#endif  // PINION_X509_NAMES_H_
