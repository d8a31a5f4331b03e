// What somebody may do to a server on purpose, bounded in count, from this machine to itself.
#ifndef PINION_TESTS_ABUSE_ATTACKS_H_
#define PINION_TESTS_ABUSE_ATTACKS_H_

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "pinion/testing/test_ca.h"

namespace pinion::abuse {

struct Victim {
  int port = 0;
  pid_t pid = 0;
  // What an authenticated attacker presents. The server accepts it, and no legitimate caller has its key.
  const testing::IssuedCertificate* attacker = nullptr;
};

// From construction to destruction. For one thread, while others look how the server does.
class Attack {
 public:
  virtual ~Attack() = default;
  // One wave more of it.
  virtual void Go(const Victim& victim) = 0;
};

struct AttackKind {
  const char* name;
  std::unique_ptr<Attack> (*make)();
  int waves;           // of the long form
  double least_share;  // of the calls that rightful clients made before, what they still make during the long form
  // What gRPC holds of a wave, over and above the rest, until it has worked through it or the connection ends.
  int64_t held_kb = 0;
  // Of the calls on new connections while it lasts, the share that succeeds.
  double least_newcomers = 0;
};

std::vector<AttackKind> Attacks();

}  // namespace pinion::abuse

#endif  // PINION_TESTS_ABUSE_ATTACKS_H_
