// The trusted CAs: trust anchors (RFC 5280 §6.1.1).
#ifndef PINION_X509_PATH_TRUST_ROOTS_H_
#define PINION_X509_PATH_TRUST_ROOTS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "pinion/x509/certificate.h"

typedef struct x509_store_st X509_STORE;

namespace pinion::x509 {

// Immutable, cheap to copy, thread-safe. Never empty. The roots are always configured explicitly; the system's roots
// are never used.
class TrustRoots {
 public:
  // Returns InvalidArgument unless `pem` contains one or more certificates and each is a CA of X.509 version 3. An
  // intermediate CA may be an anchor.
  static absl::StatusOr<TrustRoots> FromPem(absl::string_view pem);
  // The anchor to assume for an own chain, leaf first, with an unknown CA: the last CA of the chain, or the leaf itself
  // if the chain has no CA. Must not be used for the chain of a peer.
  static TrustRoots AssumedFor(const std::vector<Certificate>& own_chain);

  const std::vector<Certificate>& certificates() const { return certificates_; }
  std::string ToPem() const;

  // The size of the CAs' names (DER) as a TLS server lists them in its request for a client's certificate.
  size_t NameBytes() const;

  // Whether a certificate of the chain is one of the roots, was signed by one of them, or claims this by its issuer and
  // authorityKeyIdentifier (RFC 5280 §4.2.1.1). A chain with a damaged signature is thus still verified with these
  // roots, and refused.
  bool Anchor(const std::vector<Certificate>& chain) const;

  // The same certificates in the same order.
  bool operator==(const TrustRoots& other) const;

  // For use in x509/ only.
  X509_STORE* store() const { return store_.get(); }

 private:
  TrustRoots() = default;

  std::vector<Certificate> certificates_;
  std::shared_ptr<X509_STORE> store_;
};

}  // namespace pinion::x509

#endif  // PINION_X509_PATH_TRUST_ROOTS_H_
