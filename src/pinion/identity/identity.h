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

// PEM texts. Named, so that they cannot be swapped unnoticed.
struct IdentityPem {
  std::string certificate;  // the leaf first, then its intermediates
  std::string private_key;  // of the leaf, unencrypted
};

// The same as paths of files.
struct IdentityFiles {
  std::string certificate_file;
  std::string private_key_file;
};

// Immutable; safe to use from any thread. The private key is held in memory and given to gRPC, and goes nowhere else.
class Identity {
 public:
  // InvalidArgument, naming the part and its fault, unless each part parses and the key is the leaf's.
  // Errors name `files`, where they are given, as what the texts came from.
  static absl::StatusOr<std::shared_ptr<const Identity>> FromPem(const IdentityPem& pem,
                                                                 const IdentityFiles& files = {});

  // The path that a peer would find at `now`, our leaf first, the trust anchor last. FailedPrecondition, with the
  // reason code, where there is none that is valid for this purpose.
  //
  absl::StatusOr<std::vector<x509::Certificate>> FindPath(const x509::TrustRoots& known, x509::Purpose purpose,
                                                          absl::Time now) const;
  // The roots by which FindPath judges: this process does not know its peers', and its own need not hold its CA. They
  // are `known`, the roots that this process has, where the chain leads to one of them. Where it leads elsewhere, its
  // own last CA is taken for the peers' anchor, or the leaf, where the file holds that alone: then every rule of RFC
  // 5280 but that of the anchor is judged.
  x509::TrustRoots AssumedPeerRoots(const x509::TrustRoots& known) const;

  const x509::Certificate& certificate() const { return chain_.front(); }
  // The leaf first, then what else is sent with it.
  const std::vector<x509::Certificate>& chain() const { return chain_; }
  const x509::PrivateKey& private_key() const { return key_; }
  // The certificates that were validated, as one PEM text in the order given.
  std::string CertificatePem() const;

 private:
  Identity(std::vector<x509::Certificate> chain, x509::PrivateKey key)
      : chain_(std::move(chain)), key_(std::move(key)) {}

  const std::vector<x509::Certificate> chain_;
  const x509::PrivateKey key_;
};

}  // namespace pinion

#endif  // PINION_IDENTITY_IDENTITY_H_
