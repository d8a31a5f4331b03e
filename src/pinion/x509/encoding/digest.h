// A SHA-256 digest, and its text form "sha256/<base64>=" (RFC 7469 §2.4).
#ifndef PINION_X509_ENCODING_DIGEST_H_
#define PINION_X509_ENCODING_DIGEST_H_

#include <array>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace pinion::x509 {

using Sha256Digest = std::array<uint8_t, 32>;

// Returns Internal if OpenSSL cannot compute it, for example because its configuration activates no provider of
// SHA-256.
absl::StatusOr<Sha256Digest> Sha256(absl::string_view bytes);

// "sha256/" and 44 characters of standard base64.
std::string ToPinText(const Sha256Digest& digest);

// 64 hexadecimal digits, as `sha256sum` prints.
std::string ToHex(const Sha256Digest& digest);

// The exact inverse of ToPinText. Returns InvalidArgument, with a description, for any text that ToPinText does not
// produce.
absl::StatusOr<Sha256Digest> FromPinText(absl::string_view text);

}  // namespace pinion::x509

#endif  // PINION_X509_ENCODING_DIGEST_H_
