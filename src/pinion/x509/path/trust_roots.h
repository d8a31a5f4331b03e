// The CAs whose word is taken: trust anchors (RFC 5280 §6.1.1).
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

// Immutable, cheap to copy, safe to use from any thread. Never empty, and never the system's: they are always given.
class TrustRoots {
 public:
  // InvalidArgument unless `pem` holds one or more certificates and each is a CA of X.509 version 3. An intermediate CA
  // may be an anchor.
  static absl::StatusOr<TrustRoots> FromPem(absl::string_view pem);
  // The anchor to assume for a chain of one's own, leaf first, whose CA is not known: its last CA, or, where it has
  // none, the leaf itself. Never for the chain of a peer.
  static TrustRoots AssumedFor(const std::vector<Certificate>& own_chain);

  const std::vector<Certificate>& certificates() const { return certificates_; }
  std::string ToPem() const;

  // Whether one of the chain is among them, was signed by one of them, or says so by its issuer and
  // authorityKeyIdentifier (RFC 5280 §4.2.1.1): a chain whose signature is damaged is still judged by these roots, and
  // refused.
  bool Anchor(const std::vector<Certificate>& chain) const;

  // The same certificates in the same order.
  bool operator==(const TrustRoots& other) const;

  // For x509/ alone.
  X509_STORE* store() const { return store_.get(); }

 private:
  TrustRoots() = default;

  std::vector<Certificate> certificates_;
  std::shared_ptr<X509_STORE> store_;
};

}  // namespace pinion::x509

#endif  // PINION_X509_PATH_TRUST_ROOTS_H_
