// A pin: what a certificate, its key, or its issuer's key must hash to.
#ifndef PINION_PIN_PIN_H_
#define PINION_PIN_PIN_H_

#include <string>

#include "absl/time/time.h"
#include "pinion/v1/pin_set.pb.h"
#include "pinion/x509/digest.h"

namespace pinion {

// What is hashed. The names in files: spki, certificate, issuerSpki.
enum class PinKind {
  kSpki,         // the leaf's SubjectPublicKeyInfo
  kCertificate,  // the whole leaf certificate
  kIssuerSpki,   // the SubjectPublicKeyInfo of a CA on the verified path
};

struct Pin {
  PinKind kind = PinKind::kSpki;
  x509::Sha256Digest digest = {};
};

inline bool operator==(const Pin& a, const Pin& b) { return a.kind == b.kind && a.digest == b.digest; }

// "sha256/…=", with the kind before it where that is not spki.
std::string ToString(const Pin& pin);

// A pin as a peer holds it.
struct PeerPin {
  Pin pin;
  v1::PinState state = v1::PIN_STATE_UNSPECIFIED;
  // Accepted from not_before on, and before not_after.
  absl::Time not_before = absl::InfinitePast();
  absl::Time not_after = absl::InfiniteFuture();
};

// "sha256/…= (BACKUP, from 2026-12-01T00:00:00Z)".
std::string ToString(const PeerPin& pin);

}  // namespace pinion

#endif  // PINION_PIN_PIN_H_
