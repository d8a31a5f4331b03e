// The servers that a client meets in a drill: the rightful ones, and those that are wrong in exactly one way.
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

// How a side that is wrong speaks.
enum class Protocol { kTls, kOldTls, kPlaintext, kNoH2 };

// What the client is told of the rightful server's keys.
enum class PinsGiven {
  kServed,        // served: ACTIVE; its backup: BACKUP
  kRevoked,       // served: REVOKED, another is ACTIVE
  kRemoved,       // served: not listed, another is ACTIVE
  kRemovedLater,  // as kServed, and as kRemoved after the first request
};

struct ClientCase {
  const char* name;
  // What is presented, for a person.
  const char* what;
  // To be talked to; an impostor otherwise.
  bool rightful;
  std::function<absl::StatusOr<Certified>(const Pki&)> present;
  PinsGiven pins = PinsGiven::kServed;
  Protocol protocol = Protocol::kTls;
};

// The control first.
const std::vector<ClientCase>& ClientCases();

// The keys that a client is told of.
struct KnownPins {
  std::string active;
  std::string backup;
  std::string revoked;  // may be empty
};
KnownPins PinsFor(PinsGiven pins, const Pki& pki);

}  // namespace pinion::drill

#endif  // PINION_TOOLS_PINION_DRILL_CLIENT_CASES_H_
