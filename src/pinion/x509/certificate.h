// An X.509 certificate (RFC 5280), parsed once.
#ifndef PINION_X509_CERTIFICATE_H_
#define PINION_X509_CERTIFICATE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "pinion/x509/encoding/digest.h"
#include "pinion/x509/names.h"

namespace pinion::x509 {

// Immutable, cheap to copy, thread-safe. All returned text is printable ASCII, regardless of the peer's input.
class Certificate {
 public:
  // Returns InvalidArgument, with the malformed part, unless `der` is exactly one certificate with well-formed names
  // and times. Returns Internal if OpenSSL fails.
  static absl::StatusOr<Certificate> FromDer(absl::string_view der);

  const std::string& der() const { return data_->der; }
  // SHA-256 of the DER SubjectPublicKeyInfo, computed over the certificate's own bytes and not over a re-encoded key
  // (RFC 7469 §2.4).
  const Sha256Digest& spki_digest() const { return data_->spki_digest; }
  // SHA-256 of the whole DER.
  const Sha256Digest& digest() const { return data_->digest; }
  // RFC 2253, escaped, truncated to a readable length.
  const std::string& subject() const { return data_->subject; }
  const std::string& issuer() const { return data_->issuer; }
  // Valid at and after not_before() and before not_after(). OpenSSL ends the validity 1 s earlier than RFC 5280
  // §4.1.2.5.
  absl::Time not_before() const { return data_->not_before; }
  absl::Time not_after() const { return data_->not_after; }
  const SubjectAltNames& names() const { return data_->names; }
  // Whether basicConstraints has CA:TRUE.
  bool is_ca() const { return data_->is_ca; }
  // "subject "CN=…", issuer "CN=…", valid 2026-01-01T00:00:00Z to 2027-01-01T00:00:00Z".
  std::string Description() const;

  // For use in x509/ and probe/ only.
  X509* handle() const { return data_->x509.get(); }

 private:
  struct Data {
    std::shared_ptr<X509> x509;
    std::string der;
    Sha256Digest spki_digest;
    Sha256Digest digest;
    std::string subject;
    std::string issuer;
    absl::Time not_before;
    absl::Time not_after;
    SubjectAltNames names;
    bool is_ca = false;
  };

  // Fills in the digests and names.
  static absl::Status Describe(absl::string_view spki, Data* data);

  explicit Certificate(std::shared_ptr<const Data> data) : data_(std::move(data)) {}

  std::shared_ptr<const Data> data_;
};

// One PEM block around a certificate's DER.
std::string EncodePem(absl::string_view der);

// What a PEM text may contain besides certificates.
enum class BesideCertificates {
  kNothing,
  kPrivateKey,  // ignored, for files that contain a certificate and its key
};

// Returns all certificates of a PEM text, in order, as DER; ReadPem defines the syntax. Returns InvalidArgument if
// there is no certificate, if a block is damaged, or if a block has a type that is not allowed; a text is never loaded
// in part.
absl::StatusOr<std::vector<std::string>> DecodePem(absl::string_view pem,
                                                   BesideCertificates beside = BesideCertificates::kNothing);

// The same, parsed.
absl::StatusOr<std::vector<Certificate>> ParsePem(absl::string_view pem,
                                                  BesideCertificates beside = BesideCertificates::kNothing);

}  // namespace pinion::x509

#endif  // PINION_X509_CERTIFICATE_H_
