// Who this process is and whom it can trust: its certificate, private key and trust roots, validated together.
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
#include "pinion/x509/path.h"
#include "pinion/x509/trust_roots.h"

namespace pinion {

// PEM texts. Named, so that they cannot be swapped unnoticed.
struct IdentityPem {
  std::string certificate;     // the leaf first, then its intermediates
  std::string private_key;     // of the leaf, unencrypted
  std::string ca_certificate;  // every CA that is trusted
};

// The same as paths of files.
struct IdentityFiles {
  std::string certificate_file;
  std::string private_key_file;
  std::string ca_certificate_file;
};

// Immutable; safe to use from any thread. The private key is held in memory and given to gRPC, and goes nowhere else.
class Identity {
 public:
  // InvalidArgument, naming the part and its fault, unless each part parses and the key is the leaf's.
  // Errors name `files`, where they are given, as what the texts came from.
  static absl::StatusOr<std::shared_ptr<const Identity>> FromPem(const IdentityPem& pem,
                                                                 const IdentityFiles& files = {});
  // Reads the files; also the errors of ReadFile.
  static absl::StatusOr<std::shared_ptr<const Identity>> FromFiles(const IdentityFiles& files);

  // FailedPrecondition, with the reason code, unless a peer with the same roots would find a valid path for this
  // purpose at `now`: a process that could not be believed must not start.
  absl::Status CheckUsable(x509::Purpose purpose, absl::Time now) const { return FindPath(purpose, now).status(); }
  // The same, with the path such a peer would find: our leaf first, the trust anchor last.
  absl::StatusOr<std::vector<x509::Certificate>> FindPath(x509::Purpose purpose, absl::Time now) const;

  const x509::Certificate& certificate() const { return chain_.front(); }
  // The leaf first, then what else is sent with it.
  const std::vector<x509::Certificate>& chain() const { return chain_; }
  const x509::TrustRoots& roots() const { return roots_; }
  const x509::PrivateKey& private_key() const { return key_; }
  // The certificates that were validated, as one PEM text in the order given.
  std::string CertificatePem() const;

 private:
  Identity(std::vector<x509::Certificate> chain, x509::PrivateKey key, x509::TrustRoots roots)
      : chain_(std::move(chain)), key_(std::move(key)), roots_(std::move(roots)) {}

  const std::vector<x509::Certificate> chain_;
  const x509::PrivateKey key_;
  const x509::TrustRoots roots_;
};

}  // namespace pinion

#endif  // PINION_IDENTITY_IDENTITY_H_
