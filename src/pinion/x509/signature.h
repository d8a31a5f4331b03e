// Signatures over files: Ed25519 (RFC 8032), or ECDSA with P-256 and SHA-256 (FIPS 186-5).
#ifndef PINION_X509_SIGNATURE_H_
#define PINION_X509_SIGNATURE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "pinion/x509/encoding/digest.h"
#include "pinion/x509/key.h"

namespace pinion::x509 {

// A key that verifies signatures. Immutable, cheap to copy, thread-safe.
class PublicKey {
 public:
  // `spki` is the DER SubjectPublicKeyInfo of an Ed25519 or P-256 key, the latter with a named curve and an
  // uncompressed point, so that a key has one encoding and one digest. Otherwise, and for a point of small order, with
  // which everybody can sign, returns InvalidArgument.
  static absl::StatusOr<PublicKey> FromSpki(absl::string_view spki);

  // "Ed25519" or "ECDSA P-256".
  const char* kind() const { return kind_; }
  const Sha256Digest& spki_digest() const { return spki_digest_; }
  // Whether the signature is one of this key over exactly these bytes.
  bool Verifies(absl::string_view message, absl::string_view signature) const;

 private:
  PublicKey() = default;

  std::shared_ptr<EVP_PKEY> key_;
  const char* kind_ = nullptr;
  Sha256Digest spki_digest_ = {};
};

// Returns InvalidArgument for a key of another kind, Internal if OpenSSL fails.
absl::StatusOr<std::string> Sign(const PrivateKey& key, absl::string_view message);

}  // namespace pinion::x509

#endif  // PINION_X509_SIGNATURE_H_
