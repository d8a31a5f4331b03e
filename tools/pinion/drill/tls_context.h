// How one side of a drill presents itself in TLS.
#ifndef PINION_TOOLS_PINION_DRILL_TLS_CONTEXT_H_
#define PINION_TOOLS_PINION_DRILL_TLS_CONTEXT_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "pinion/x509/key.h"
#include "tools/pinion/drill/stream.h"

namespace pinion::drill {

// A key and the certificate chain that is sent: DER, leaf first; the others may be any certificates.
struct Certified {
  x509::PrivateKey key;
  std::vector<std::string> chain;

  // The chain in PEM.
  std::string CertificatePem() const;
};

struct TlsSide {
  // None: a client without a certificate.
  std::optional<Certified> as;
  // Uses TLS 1.1 alone, instead of 1.2 and 1.3.
  bool old_tls = false;
  // Offers, or chooses, h2 (RFC 7301).
  bool h2 = true;
  // Servers only: the CA named in the certificate request; PEM.
  std::string asked_ca;
};

// The context does not verify the peer, which is the side under test; a server requests a client certificate and
// accepts any, or none. Internal if OpenSSL refuses the certificate or key.
absl::StatusOr<std::shared_ptr<SSL_CTX>> MakeTlsContext(const TlsSide& side, TlsRole role);

}  // namespace pinion::drill

#endif  // PINION_TOOLS_PINION_DRILL_TLS_CONTEXT_H_
