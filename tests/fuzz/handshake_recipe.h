// Handshakes made of decisions: which certificates stand where, who asks for whom, when, under which pins and roots.
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

// What a pin file and roots of the few that there are come to.
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
  // What is dialled, and the place of the peer it belongs to in `pins`; -1 for none.
  std::string host;
  int dialled_peer;
  absl::Time now;
};

// Where every choice is 0, the handshake is a sound one: the server "payments", with its ACTIVE key. Certificates are
// made when first asked for and then kept, so that the process is as quick as verification itself.
Handshake MakeHandshake(Choices* choices);

}  // namespace pinion::fuzz

#endif  // PINION_TESTS_FUZZ_HANDSHAKE_RECIPE_H_
