// Keys: private ones, and the public ones found in any file that holds or names a key.
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

// Immutable, cheap to copy, safe to use from any thread. Never printed: errors about a key name its fault alone.
class PrivateKey {
 public:
  // From PEM: exactly one unencrypted private key (PKCS #8 of version 1 or 2, or the older EC and RSA forms), which
  // fits the public key that stands with it in the key's DER. Certificates beside it are passed over. InvalidArgument
  // says what there is instead, and how to convert it.
  static absl::StatusOr<PrivateKey> FromPem(absl::string_view pem);

  // Fresh keys. `curve` is OpenSSL's name: "P-256", "P-384". Internal when OpenSSL cannot.
  static absl::StatusOr<PrivateKey> GenerateEc(const std::string& curve);
  static absl::StatusOr<PrivateKey> GenerateEd25519();
  static absl::StatusOr<PrivateKey> GenerateRsa(int bits);
  // Of the same kind and size as this one. InvalidArgument for a kind that Pinion does not accept.
  absl::StatusOr<PrivateKey> GenerateAnother() const;

  // Whether the certificate is for this key.
  bool Matches(const Certificate& certificate) const;
  // SHA-256 of the DER SubjectPublicKeyInfo.
  const Sha256Digest& spki_digest() const { return data_->spki_digest; }
  // PKCS #8. The one way out: for gRPC, and for the file that `pinion pki` makes.
  std::string ToPem() const;
  // SubjectPublicKeyInfo.
  std::string PublicKeyToPem() const;

  // For x509/ and probe/ alone.
  EVP_PKEY* handle() const { return data_->key.get(); }

 private:
  // Encoded once, so that nothing can fail later.
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
  // Takes over the key; Internal where it is null or cannot be encoded.
  static absl::StatusOr<PrivateKey> Own(EVP_PKEY* key);

  std::shared_ptr<const Data> data_;
};

// OK for ECDSA P-256 and P-384 (named curves), Ed25519, and RSA of 2048 to 8192 bits; otherwise says what the key is.
absl::Status CheckKeyIsAllowed(EVP_PKEY* key);
// The certificate's key for a person: "EC prime256v1, 256 bits", "RSA, 2048 bits"; "unknown" where OpenSSL cannot tell.
std::string KeyText(const Certificate& certificate);
// OK when the certificate is signed with SHA-256, SHA-384, SHA-512 or Ed25519; otherwise says what with.
absl::Status CheckSignatureIsAllowed(const Certificate& certificate);

// A public key found in a file.
struct FoundKey {
  Sha256Digest spki_digest;
  // "certificate, subject "CN=…", …", "certificate request, …", "public key", "private key".
  std::string source;
};

// Every public key in `bytes`: PEM with any mix of certificates, certificate requests, public and private keys, or one
// such object in DER. InvalidArgument when there is none or a block is garbled. Of certificates, requests and public
// keys the bytes of the SubjectPublicKeyInfo are hashed as they stand; only a private key's are made by OpenSSL.
absl::StatusOr<std::vector<FoundKey>> FindKeys(absl::string_view bytes);

}  // namespace pinion::x509

#endif  // PINION_X509_KEY_H_
