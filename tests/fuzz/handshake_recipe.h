// Handshakes made of decisions: the certificates and their order, the role, the host, the time, the pins and the roots.
#ifndef PINION_TESTS_FUZZ_HANDSHAKE_RECIPE_H_
#define PINION_TESTS_FUZZ_HANDSHAKE_RECIPE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "pinion/handshake/peer_verifier.h"
#include "pinion/v1/pin_set.pb.h"
#include "tests/fuzz/choices.h"

namespace pinion::fuzz {

// The result of a pin file and of roots, of which there are few.
struct Surroundings {
  v1::PinSet pins;
  std::vector<std::string> roots;  // DER
  v1::UnlistedClients unlisted_clients;
  std::shared_ptr<const PeerVerifier> verifier;
};

struct Handshake {
  const Surroundings* surroundings;
  PresentedChain presented;
  PeerRole role;
  // The dialled host, and the index in `pins` of the peer that it belongs to; -1 for none.
  std::string host;
  int dialled_peer;
  absl::Time now;
};

// Where every choice is 0, the handshake is sound: the server "payments", with its ACTIVE key. Certificates are made
// when first requested and then kept, so that the process is as fast as verification itself.
Handshake MakeHandshake(Choices* choices);

}  // namespace pinion::fuzz

#endif  // PINION_TESTS_FUZZ_HANDSHAKE_RECIPE_H_
