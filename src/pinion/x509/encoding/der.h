// DER, the one encoding that a certificate may have (X.690 §10 and §11). OpenSSL also reads BER.
#ifndef PINION_X509_ENCODING_DER_H_
#define PINION_X509_ENCODING_DER_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace pinion::x509 {

// InvalidArgument, saying what stands at which byte, unless `bytes` is exactly one element whose lengths and universal
// types are DER at every depth. Refuses BER's indefinite and padded lengths, constructed strings, numbers, object
// identifiers and booleans with a second spelling, and times other than those of RFC 5280 §4.1.2.5. Takes no heed of
// DEFAULT values that are written out, of the order in a SET OF and of the characters in strings. Takes time and memory
// linear in the size; more than 32 levels are refused. May be called from any thread.
absl::Status CheckDer(absl::string_view bytes);

}  // namespace pinion::x509

#endif  // PINION_X509_ENCODING_DER_H_
