// A drill's throw-away PKI: the rightful parties' keys, their CA, and CAs that nobody trusts.
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

// What the rightful parties are called.
inline constexpr char kServerHost[] = "localhost";
inline constexpr char kClientIdentity[] = "spiffe://drill.test/client";
inline constexpr char kFormerClientIdentity[] = "spiffe://drill.test/former-client";

// Keys in memory.
struct Pki {
  x509::Issuer ca;
  x509::Issuer lookalike;  // has the CA's name, and another key
  x509::Issuer stranger;   // has neither
  x509::PrivateKey server;
  x509::PrivateKey server_backup;
  x509::PrivateKey client;
  x509::PrivateKey client_backup;
  // Nobody's yet: an attacker's, or the one that follows a stolen one.
  x509::PrivateKey other;
  x509::PrivateKey revoked;

  // Fresh in every part. Internal when OpenSSL fails.
  static absl::StatusOr<Pki> Create();
};

using EditRecipe = std::function<void(x509::CertificateRecipe&)>;

// A certificate for the names and the key, by the issuer, or by the key itself where that is null.
absl::StatusOr<Certified> Issue(const x509::Issuer* issuer, const x509::PrivateKey& key,
                                const std::vector<std::string>& names, const EditRecipe& edit = nullptr);

// A CA with a fresh key.
absl::StatusOr<x509::Issuer> MakeCa(const std::string& name);

// The defects that servers and clients can have alike.
void Expired(x509::CertificateRecipe& recipe);
void NotYetValid(x509::CertificateRecipe& recipe);

// `of` with one more certificate at its chain's end.
absl::StatusOr<Certified> Append(absl::StatusOr<Certified> of, const absl::StatusOr<Certified>& junk);

}  // namespace pinion::drill

#endif  // PINION_TOOLS_PINION_DRILL_PKI_H_
