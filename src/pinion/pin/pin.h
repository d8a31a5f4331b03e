// A pin: the required digest of a certificate, its key, or its issuer's key.
#ifndef PINION_PIN_PIN_H_
#define PINION_PIN_PIN_H_

#include <array>
#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "pinion/v1/pin_set.pb.h"
#include "pinion/x509/encoding/digest.h"

namespace pinion {

// The hashed object. In files: spki, certificate, issuer_spki.
enum class PinKind : uint8_t {
  kSpki,         // the leaf's SubjectPublicKeyInfo
  kCertificate,  // the whole leaf certificate
  kIssuerSpki,   // the SubjectPublicKeyInfo of a CA on the verified path
};

struct Pin {
  PinKind kind = PinKind::kSpki;
  x509::Sha256Digest digest = {};
};

inline bool operator==(const Pin& a, const Pin& b) { return a.kind == b.kind && a.digest == b.digest; }

// "sha256/…=", preceded by the kind if it is not spki.
std::string ToString(const Pin& pin);

// An absl::Time in 7 bytes: whole milliseconds, rounded down. Infinite times stay infinite.
class PinTime {
 public:
  PinTime(absl::Time time);     // NOLINT(google-explicit-constructor)
  operator absl::Time() const;  // NOLINT(google-explicit-constructor)

 private:
  std::array<uint8_t, 7> milliseconds_;  // since 1970, little-endian, in two's complement
};

// A v1::PinState in one byte.
class PinStateByte {
 public:
  PinStateByte(v1::PinState state) : state_(static_cast<uint8_t>(state)) {}    // NOLINT(google-explicit-constructor)
  operator v1::PinState() const { return static_cast<v1::PinState>(state_); }  // NOLINT(google-explicit-constructor)

 private:
  uint8_t state_;
};

// "BACKUP".
inline const std::string& ToString(PinStateByte state) { return v1::PinState_Name(v1::PinState(state)); }

// A pin of a peer. There may be a million, so its size of 48 bytes matters.
struct PeerPin {
  Pin pin;
  PinStateByte state = v1::PIN_STATE_UNSPECIFIED;
  // Accepted at and after not_before and before not_after.
  PinTime not_before = absl::InfinitePast();
  PinTime not_after = absl::InfiniteFuture();
};
static_assert(sizeof(PeerPin) == 48, "has grown");

// "sha256/…= (BACKUP, from 2026-12-01T00:00:00Z)".
std::string ToString(const PeerPin& pin);

}  // namespace pinion

#endif  // PINION_PIN_PIN_H_
