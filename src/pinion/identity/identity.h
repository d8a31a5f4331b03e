// The certificate chain and private key that this process presents to its peers, validated together.
#ifndef PINION_IDENTITY_IDENTITY_H_
#define PINION_IDENTITY_IDENTITY_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "pinion/x509/certificate.h"
#include "pinion/x509/key.h"
#include "pinion/x509/path/path.h"
#include "pinion/x509/path/trust_roots.h"

namespace pinion {

// PEM texts. The members are named to prevent swapping them by mistake.
struct IdentityPem {
  std::string certificate;  // the leaf first, then its intermediates
  std::string private_key;  // of the leaf, unencrypted
};

// The paths of the files.
struct IdentityFiles {
  std::string certificate_file;
  std::string private_key_file;
};

// Immutable and thread-safe. The private key is kept in memory and passed to gRPC, but not to any other component.
class Identity {
 public:
  // Returns InvalidArgument, with the part and its fault, unless each part parses and the key belongs to the leaf.
  // Errors contain the paths in `files`, if they are set.
  static absl::StatusOr<std::shared_ptr<const Identity>> FromPem(const IdentityPem& pem,
                                                                 const IdentityFiles& files = {});

  // Returns the path that a peer would find at `now`, the own leaf first, the trust anchor last. Returns
  // FailedPrecondition, with the reason code, if no path is valid for this purpose.
  absl::StatusOr<std::vector<x509::Certificate>> FindPath(const x509::TrustRoots& known, x509::Purpose purpose,
                                                          absl::Time now) const;
  // Returns the roots that FindPath uses. This process does not know its peers' roots, and its own roots need not
  // contain its CA. If the chain leads to one of `known`, the roots of this process, they are used. Otherwise the last
  // CA of the chain is assumed to be the peers' anchor, or the leaf if the chain has no CA; every rule of RFC 5280
  // except trust in the anchor is then checked.
  x509::TrustRoots AssumedPeerRoots(const x509::TrustRoots& known) const;

  const x509::Certificate& certificate() const { return chain_.front(); }
  // The pin of its key: "sha256/…=".
  std::string SpkiPin() const { return x509::ToPinText(certificate().spki_digest()); }
  // The leaf first, then the other certificates that are sent with it.
  const std::vector<x509::Certificate>& chain() const { return chain_; }
  const x509::PrivateKey& private_key() const { return key_; }
  // The validated certificates as one PEM text, in the given order.
  std::string CertificatePem() const;

 private:
  Identity(std::vector<x509::Certificate> chain, x509::PrivateKey key)
      : chain_(std::move(chain)), key_(std::move(key)) {}

  const std::vector<x509::Certificate> chain_;
  const x509::PrivateKey key_;
};

}  // namespace pinion

#endif  // PINION_IDENTITY_IDENTITY_H_
