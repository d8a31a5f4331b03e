// The clients of a drill: the legitimate one, and those that are wrong in exactly one way.
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

// The client that the server accepts, and the material for hostile clients.
struct Callers {
  Certified legitimate;
  std::vector<std::string> legitimate_names;
  // A CA that the server trusts; without its key some clients cannot be made.
  std::optional<x509::Issuer> ca;
  x509::Issuer stranger;
  x509::PrivateKey other;
  // Listed as REVOKED in the server's pin set, under the former client's identity.
  std::optional<x509::PrivateKey> revoked;
};

// What the client does.
enum class Play { kCall, kSlowHandshake, kHalfOpenFlood };

struct ServerCase {
  const char* name;
  const char* what;
  bool legitimate;
  // FailedPrecondition, naming what is missing, if the client cannot be made. Null: without a certificate.
  std::function<absl::StatusOr<Certified>(const Callers&)> present;
  Protocol protocol = Protocol::kTls;
  Play play = Play::kCall;
};

// The control first.
const std::vector<ServerCase>& ServerCases();

}  // namespace pinion::drill

#endif  // PINION_TOOLS_PINION_DRILL_SERVER_CASES_H_
