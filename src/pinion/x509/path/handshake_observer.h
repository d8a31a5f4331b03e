// Observes TLS handshakes that other code of this process, such as gRPC, performs with OpenSSL.
#ifndef PINION_X509_PATH_HANDSHAKE_OBSERVER_H_
#define PINION_X509_PATH_HANDSHAKE_OBSERVER_H_

#include <memory>
#include <optional>
#include <string>

#include "pinion/x509/path/path.h"

namespace pinion::x509 {

// A certificate that OpenSSL refused in a handshake. The peer has not yet proven that it holds the key.
struct RefusedCertificate {
  PathOutcome outcome;
  // The pin and the subject of the leaf; empty if it cannot be parsed.
  std::string pin;
  std::string subject;
};

// A handshake that a fatal alert ended (RFC 8446 §6.2).
struct TlsFailure {
  // The peer sent the alert; otherwise OpenSSL on this side did.
  bool by_peer = false;
  // OpenSSL's name for the alert, such as "unknown CA".
  std::string alert;
  // OpenSSL's error if this side sent the alert, such as "no shared cipher".
  std::string error;
  // The peer presented no certificate although one is required.
  bool no_certificate = false;
  // Present if OpenSSL refused the peer's certificate.
  std::optional<RefusedCertificate> refused;
};

// Called within the handshake, on its thread; must not block.
class HandshakeObserver {
 public:
  virtual ~HandshakeObserver() = default;
  // OpenSSL has finished the handshake. `leaf_pem` is the peer's certificate as gRPC writes it, or empty.
  virtual void OnDone(const std::string& leaf_pem) = 0;
  virtual void OnFailure(TlsFailure failure) = 0;
};

// During its lifetime, each TLS object that this thread creates is observed and keeps the observer until the TLS object
// is destroyed. It does not change the handshake.
class ObserveHandshakes {
 public:
  explicit ObserveHandshakes(std::shared_ptr<HandshakeObserver> observer);
  ~ObserveHandshakes();
  ObserveHandshakes(const ObserveHandshakes&) = delete;
  ObserveHandshakes& operator=(const ObserveHandshakes&) = delete;
};

}  // namespace pinion::x509

#endif  // PINION_X509_PATH_HANDSHAKE_OBSERVER_H_
