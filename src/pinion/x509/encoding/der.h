// Checks DER, the only encoding allowed for a certificate (X.690 §10 and §11). OpenSSL also reads BER.
#ifndef PINION_X509_ENCODING_DER_H_
#define PINION_X509_ENCODING_DER_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace pinion::x509 {

// Returns InvalidArgument, with the fault and its byte offset, unless `bytes` is exactly one element with lengths and
// universal types that are DER at every depth. Rejects BER's indefinite and padded lengths, constructed strings,
// non-canonical numbers, object identifiers and booleans, and times other than those of RFC 5280 §4.1.2.5. Does not
// check for explicit DEFAULT values, the order in a SET OF, or the characters in strings. Time and memory are linear in
// the size; more than 32 levels are rejected. Thread-safe.
absl::Status CheckDer(absl::string_view bytes);

}  // namespace pinion::x509

#endif  // PINION_X509_ENCODING_DER_H_
