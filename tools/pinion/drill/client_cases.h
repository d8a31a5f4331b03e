// The servers that a drill offers to a client: legitimate ones, and those that are wrong in exactly one way.
#ifndef PINION_TOOLS_PINION_DRILL_CLIENT_CASES_H_
#define PINION_TOOLS_PINION_DRILL_CLIENT_CASES_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "pinion/x509/key.h"
#include "tools/pinion/drill/pki.h"
#include "tools/pinion/drill/tls_context.h"

namespace pinion::drill {

// The protocol that the impostor uses.
enum class Protocol { kTls, kOldTls, kPlaintext, kNoH2 };

// Which of the legitimate server's keys the client's pins list.
enum class PinsGiven {
  kServed,        // served: ACTIVE; its backup: BACKUP
  kRevoked,       // served: REVOKED, another is ACTIVE
  kRemoved,       // served: not listed, another is ACTIVE
  kRemovedLater,  // as kServed, and as kRemoved after the first request
};

struct ClientCase {
  const char* name;
  // Human-readable: what the server presents.
  const char* what;
  // The client should accept this server; otherwise it is an impostor.
  bool legitimate;
  std::function<absl::StatusOr<Certified>(const Pki&)> present;
  PinsGiven pins = PinsGiven::kServed;
  Protocol protocol = Protocol::kTls;
};

// The control first.
const std::vector<ClientCase>& ClientCases();

// The pins that a drill gives to the program under test.
struct KnownPins {
  std::string active;
  std::string backup;
  std::string revoked;  // may be empty
};
KnownPins PinsFor(PinsGiven pins, const Pki& pki);

}  // namespace pinion::drill

#endif  // PINION_TOOLS_PINION_DRILL_CLIENT_CASES_H_
