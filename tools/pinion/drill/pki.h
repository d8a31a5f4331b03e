// A drill's throw-away PKI: the legitimate parties' keys, their CA, and untrusted CAs.
#ifndef PINION_TOOLS_PINION_DRILL_PKI_H_
#define PINION_TOOLS_PINION_DRILL_PKI_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "pinion/x509/key.h"
#include "pinion/x509/pki/issue.h"
#include "tools/pinion/drill/tls_context.h"

namespace pinion::drill {

// Names of the legitimate parties.
inline constexpr char kServerHost[] = "localhost";
inline constexpr char kClientIdentity[] = "spiffe://drill.test/client";
inline constexpr char kFormerClientIdentity[] = "spiffe://drill.test/former-client";

// All keys are held in memory only.
struct Pki {
  x509::Issuer ca;
  x509::Issuer lookalike;  // has the CA's name and a different key
  x509::Issuer stranger;   // has a different name and key
  x509::PrivateKey server;
  x509::PrivateKey server_backup;
  x509::PrivateKey client;
  x509::PrivateKey client_backup;
  // A key without a legitimate owner: an attacker's, or the replacement of a stolen key.
  x509::PrivateKey other;
  x509::PrivateKey revoked;

  // Generates all keys and CAs. Internal if OpenSSL fails.
  static absl::StatusOr<Pki> Create();
};

using EditRecipe = std::function<void(x509::CertificateRecipe&)>;

// A certificate for the names and the key, signed by the issuer, or self-signed if the issuer is null.
absl::StatusOr<Certified> Issue(const x509::Issuer* issuer, const x509::PrivateKey& key,
                                const std::vector<std::string>& names, const EditRecipe& edit = nullptr);

// A CA with a fresh key.
absl::StatusOr<x509::Issuer> MakeCa(const std::string& name);

// Defects that apply to both servers and clients.
void Expired(x509::CertificateRecipe& recipe);
void NotYetValid(x509::CertificateRecipe& recipe);

// `of` with one more certificate at the end of its chain.
absl::StatusOr<Certified> Append(absl::StatusOr<Certified> of, const absl::StatusOr<Certified>& junk);

}  // namespace pinion::drill

#endif  // PINION_TOOLS_PINION_DRILL_PKI_H_
