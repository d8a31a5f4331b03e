// TLS handshakes that other code of this process, such as gRPC, performs with OpenSSL, seen from outside.
#ifndef PINION_X509_PATH_HANDSHAKE_OBSERVER_H_
#define PINION_X509_PATH_HANDSHAKE_OBSERVER_H_

#include <memory>
#include <optional>
#include <string>

#include "pinion/x509/path/path.h"

namespace pinion::x509 {

// A certificate that OpenSSL refused in a handshake. The peer had not proved yet that it holds the key.
struct RefusedCertificate {
  PathOutcome outcome;
  // The leaf's; empty where it cannot be parsed.
  std::string pin;
  std::string subject;
};

// A handshake that a fatal alert ended (RFC 8446 §6.2).
struct TlsFailure {
  // The peer sent the alert; otherwise OpenSSL on this side did.
  bool by_peer = false;
  // The alert in OpenSSL's words, such as "unknown CA".
  std::string alert;
  // OpenSSL's error behind an alert of its own, such as "no shared cipher".
  std::string error;
  // The peer presented no certificate although one is required.
  bool no_certificate = false;
  // Where OpenSSL refused the peer's certificate.
  std::optional<RefusedCertificate> refused;
};

// Called on the thread that performs the handshake, within it: return at once.
class HandshakeObserver {
 public:
  virtual ~HandshakeObserver() = default;
  // OpenSSL has finished the handshake. `leaf_pem` is the peer's certificate as gRPC writes it, or empty.
  virtual void OnDone(const std::string& leaf_pem) = 0;
  virtual void OnFailure(TlsFailure failure) = 0;
};

// While it lives, each TLS object that this thread creates is observed, and keeps the observer for its own lifetime.
// It changes nothing about the handshake.
class ObserveHandshakes {
 public:
  explicit ObserveHandshakes(std::shared_ptr<HandshakeObserver> observer);
  ~ObserveHandshakes();
  ObserveHandshakes(const ObserveHandshakes&) = delete;
  ObserveHandshakes& operator=(const ObserveHandshakes&) = delete;
};

}  // namespace pinion::x509

#endif  // PINION_X509_PATH_HANDSHAKE_OBSERVER_H_
