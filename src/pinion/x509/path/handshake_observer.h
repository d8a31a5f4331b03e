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

// Called on the threads of the handshake, one at a time; must not block.
class HandshakeObserver {
 public:
  virtual ~HandshakeObserver() = default;
  // OpenSSL has finished the handshake. `leaf_pem` is the peer's certificate as gRPC writes it, or empty.
  virtual void OnDone(const std::string& leaf_pem) = 0;
  virtual void OnFailure(TlsFailure failure) = 0;
  // Another connection to this process sent the same ClientHello, so the two cannot be told apart.
  virtual void OnRepeated() = 0;
  // The TLS object is destroyed. Nothing is called afterwards.
  virtual void OnEnd() = 0;
};

// Has `observer` observe a server's handshake: that of the TLS object, created after this call by any thread, that
// receives the ClientHello with this random (RFC 8446 §4.1.2), which must not be all zeros. It does not change the
// handshake. Returns false if another observer waits for, or has, a TLS object with this random. A handshake that fails
// because OpenSSL cannot parse the ClientHello is not observed. Thread-safe.
bool ObserveHandshake(const std::string& client_random, std::shared_ptr<HandshakeObserver> observer);

// Releases `observer` if no TLS object has received the ClientHello, and returns true; nothing of it is called
// afterwards. Otherwise its OnEnd is called, or has been. Thread-safe.
bool StopObserving(const std::string& client_random, const HandshakeObserver* observer);

}  // namespace pinion::x509

#endif  // PINION_X509_PATH_HANDSHAKE_OBSERVER_H_
