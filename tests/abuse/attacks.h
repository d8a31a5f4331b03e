// Attacks on a server, bounded in count, from this machine to itself.
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

// Lasts from construction to destruction. For one thread, while other threads measure the server.
class Attack {
 public:
  virtual ~Attack() = default;
  // Sends one more wave.
  virtual void Go(const Victim& victim) = 0;
};

struct AttackKind {
  const char* name;
  std::unique_ptr<Attack> (*make)();
  int waves;           // of the long form
  double least_share;  // the share of their former calls that legitimate clients keep during the long form
  // The memory that gRPC holds for a wave until it has processed it or the connection ends.
  int64_t held_kb = 0;
  // The share of calls on new connections that succeed during the attack.
  double least_newcomers = 0;
};

std::vector<AttackKind> Attacks();

}  // namespace pinion::abuse

#endif  // PINION_TESTS_ABUSE_ATTACKS_H_
