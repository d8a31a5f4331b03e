// The clients that a server meets in a drill: the rightful one, and those that are wrong in exactly one way.
#ifndef PINION_TOOLS_PINION_DRILL_SERVER_CASES_H_
#define PINION_TOOLS_PINION_DRILL_SERVER_CASES_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/pinion/drill/client_cases.h"
#include "tools/pinion/drill/pki.h"
#include "tools/pinion/drill/tls_context.h"

namespace pinion::drill {

// Whom the server knows, and what hostile clients can be made of.
struct Callers {
  Certified rightful;
  std::vector<std::string> rightful_names;
  // Whose certificates the server trusts; without its key some clients cannot be made.
  std::optional<x509::Issuer> ca;
  x509::Issuer stranger;
  x509::PrivateKey other;
  // Listed as REVOKED in the server's pin set, with the former client's identity.
  std::optional<x509::PrivateKey> revoked;
};

// What the client does.
enum class Play { kCall, kSlowHandshake, kHalfOpenFlood };

struct ServerCase {
  const char* name;
  const char* what;
  bool rightful;
  // FailedPrecondition, saying what is missing, where the client cannot be made. Null: without a certificate.
  std::function<absl::StatusOr<Certified>(const Callers&)> present;
  Protocol protocol = Protocol::kTls;
  Play play = Play::kCall;
};

// The control first.
const std::vector<ServerCase>& ServerCases();

}  // namespace pinion::drill

#endif  // PINION_TOOLS_PINION_DRILL_SERVER_CASES_H_
