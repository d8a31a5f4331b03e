// The DER forms of private keys.
#ifndef PINION_X509_ENCODING_PRIVATE_KEY_DER_H_
#define PINION_X509_ENCODING_PRIVATE_KEY_DER_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "pinion/x509/encoding/openssl.h"

namespace pinion::x509 {

// Reads PKCS #8 of version 1 (RFC 5208) or 2 (RFC 5958), or the older forms of EC and RSA keys. Returns
// InvalidArgument, without any part of the contents, unless `der` is exactly one unencrypted key, and the public key
// that version 2 may contain matches the private key.
absl::StatusOr<Owned<EVP_PKEY>> ReadPrivateKey(absl::string_view der);

}  // namespace pinion::x509

#endif  // PINION_X509_ENCODING_PRIVATE_KEY_DER_H_
