// Private keys, and public keys in files that contain a key.
#ifndef PINION_X509_KEY_H_
#define PINION_X509_KEY_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "pinion/x509/certificate.h"
#include "pinion/x509/encoding/digest.h"

typedef struct evp_pkey_st EVP_PKEY;

namespace pinion::x509 {

// Immutable, cheap to copy, thread-safe. Never printed: an error about a key contains only its fault.
class PrivateKey {
 public:
  // Reads PEM with exactly one unencrypted private key (PKCS #8 of version 1 or 2, or the older EC and RSA forms),
  // which must match the public key in its DER, if any. Certificates in the text are ignored. Otherwise returns
  // InvalidArgument with a description of the input and the command that converts it.
  static absl::StatusOr<PrivateKey> FromPem(absl::string_view pem);

  // Generates a key. `curve` is OpenSSL's name: "P-256", "P-384". Returns Internal if OpenSSL fails.
  static absl::StatusOr<PrivateKey> GenerateEc(const std::string& curve);
  static absl::StatusOr<PrivateKey> GenerateEd25519();
  static absl::StatusOr<PrivateKey> GenerateRsa(int bits);
  // Generates a key of the same kind and size as this one. Returns InvalidArgument for a kind that Pinion does not
  // accept.
  absl::StatusOr<PrivateKey> GenerateAnother() const;

  // Whether the certificate is for this key.
  bool Matches(const Certificate& certificate) const;
  // SHA-256 of the DER SubjectPublicKeyInfo.
  const Sha256Digest& spki_digest() const { return data_->spki_digest; }
  // PKCS #8. The only function that exports the key: for gRPC, and for the file that `pinion pki` writes.
  std::string ToPem() const;
  // SubjectPublicKeyInfo.
  std::string PublicKeyToPem() const;

  // For use in x509/ and probe/ only.
  EVP_PKEY* handle() const { return data_->key.get(); }

 private:
  // Encoded once, so that later calls cannot fail.
  struct Data {
    Data() = default;
    Data(const Data&) = delete;
    Data& operator=(const Data&) = delete;
    ~Data();  // wipes pkcs8

    std::shared_ptr<EVP_PKEY> key;
    std::string pkcs8;  // DER
    std::string spki;   // DER
    Sha256Digest spki_digest = {};
  };

  explicit PrivateKey(std::shared_ptr<const Data> data) : data_(std::move(data)) {}
  // Takes ownership of the key. Returns Internal if it is null or cannot be encoded.
  static absl::StatusOr<PrivateKey> Own(EVP_PKEY* key);

  std::shared_ptr<const Data> data_;
};

// Returns OK for ECDSA P-256 and P-384 (named curves), Ed25519, and RSA of 2048 to 8192 bits; otherwise an error that
// describes the key.
absl::Status CheckKeyIsAllowed(EVP_PKEY* key);
// Describes the certificate's key for operators: "EC prime256v1, 256 bits", "RSA, 2048 bits"; "unknown" if OpenSSL does
// not know it.
std::string KeyText(const Certificate& certificate);
// Returns OK if the certificate is signed with SHA-256, SHA-384, SHA-512 or Ed25519; otherwise an error with the
// algorithm.
absl::Status CheckSignatureIsAllowed(const Certificate& certificate);

// A public key found in a file.
struct FoundKey {
  std::string spki;  // DER SubjectPublicKeyInfo
  Sha256Digest spki_digest;
  // "certificate, subject "CN=…", …", "certificate request, …", "public key", "private key".
  std::string source;
};

// Returns all public keys in `bytes`: PEM with any mix of certificates, certificate requests, public and private keys,
// or one such object in DER. Returns InvalidArgument if there is no key or a block is damaged. For certificates,
// requests and public keys, the original bytes of the SubjectPublicKeyInfo are hashed; only for a private key does
// OpenSSL encode them.
absl::StatusOr<std::vector<FoundKey>> FindKeys(absl::string_view bytes);

}  // namespace pinion::x509

#endif  // PINION_X509_KEY_H_
