// A handshake in which everything is right, for tests that put one fault into it.
#ifndef PINION_TESTS_HANDSHAKE_SOUND_HANDSHAKE_H_
#define PINION_TESTS_HANDSHAKE_SOUND_HANDSHAKE_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "pinion/handshake/peer_verifier.h"
#include "pinion/testing/test_ca.h"
#include "pinion/v1/pin_set.pb.h"
#include "pinion/x509/certificate.h"
#include "pinion/x509/key.h"

namespace pinion {

// 2026-06-01T12:00:00Z: when it takes place.
absl::Time HandshakeTime();

// "Root", "Intermediate" below it, and "Other Root", which is not trusted.
const testing::TestCa& TrustedRoot();
const testing::TestCa& TrustedIntermediate();
const testing::TestCa& OtherRoot();

// Everything a verdict depends on. As made: "payments", dialled as payments.test, presents a leaf for
// payments.test and spiffe://prod/payments with the intermediate it is issued by; the pin set lists its key as ACTIVE
// and two other peers. Change any of it, then judge.
struct SoundHandshake {
  explicit SoundHandshake(PeerRole its_role);

  Verdict Judge(std::shared_ptr<const VerifiedPath>* path = nullptr) const;

  // Presents another leaf, for the same key, issued by `ca`.
  void Present(const testing::TestCa& ca, const std::vector<std::string>& names,
               const testing::TestCa::Edit& edit = nullptr);
  // The peer's entry in the pin set.
  v1::Peer& peer() { return *pins.mutable_peers(0); }
  v1::Pin& active_pin() { return *peer().mutable_pins(0); }
  // Adds a pin, whose digest the caller sets.
  v1::Pin& AddPin(v1::PinState state);
  std::string LeafPin() const;  // of the presented leaf itself
  x509::Certificate Leaf() const;

  PeerRole role;
  x509::PrivateKey key;
  PresentedChain presented;
  std::string host = "payments.test";
  absl::Time now = HandshakeTime();
  std::string roots_pem;
  v1::PinSet pins;
  v1::UnlistedClients unlisted_clients = v1::REFUSE;
};

// A pin "sha256/…=" that matches no key.
std::string StrangePin(char letter);
// The pin of the CA's key.
std::string IssuerPin(const testing::TestCa& ca);

void SetTime(google::protobuf::Timestamp* field, absl::Time time);

}  // namespace pinion

#endif  // PINION_TESTS_HANDSHAKE_SOUND_HANDSHAKE_H_
