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

// A key, and what is sent as its certificate's chain: DER, the leaf first, whatever the rest may be.
struct Certified {
  x509::PrivateKey key;
  std::vector<std::string> chain;

  // Of the chain.
  std::string CertificatePem() const;
};

struct TlsSide {
  // None: a client without a certificate.
  std::optional<Certified> as;
  // Speaks TLS 1.1 and nothing else, instead of 1.2 and 1.3.
  bool old_tls = false;
  // Offers, or chooses, h2 (RFC 7301).
  bool h2 = true;
  // A server's: the CA it asks clients for certificates of; PEM.
  std::string asked_ca;
};

// Checks nothing of the other side's, since that is the one under test; a server asks for a certificate, and takes any
// and none. Internal when OpenSSL refuses what it is given.
absl::StatusOr<std::shared_ptr<SSL_CTX>> MakeTlsContext(const TlsSide& side, TlsRole role);

}  // namespace pinion::drill

#endif  // PINION_TOOLS_PINION_DRILL_TLS_CONTEXT_H_
