// The result of probing a server: what it presented, whether we accept it, and whether it accepts us.
#ifndef PINION_TOOLS_PINION_ASKED_SERVER_H_
#define PINION_TOOLS_PINION_ASKED_SERVER_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tools/pinion/probe/observe.h"

namespace pinion::cli {

// The roots and pins to judge a server by.
struct Standard {
  std::optional<x509::TrustRoots> roots;  // none: the server is not judged
  std::shared_ptr<const PinSet> pin_set;  // null: everything except the key is judged
};

struct AskedServer {
  std::string target;
  std::string host;  // requested, and judged as
  absl::Time asked_at;
  Observation seen;
  // From the verifier of live connections. Empty without a presented chain or without roots.
  std::optional<Verdict> verdict;
};

// "HOST:PORT" into the question's host, port and server_name. InvalidArgument with the reason.
absl::Status SetTarget(const std::string& target, Question* question);

// Probes the server and judges it as `host`.
AskedServer Ask(const std::string& target, const std::string& host, const Question& question);
void Judge(const Standard& standard, AskedServer* asked);

// The outcome in one word: ACCEPTED, REFUSED_BY_US, REFUSED_BY_THEM, NO_TLS, NO_COMMON_TLS, NO_H2, HANDSHAKE_FAILED,
// UNREACHABLE, TIMED_OUT.
std::string OutcomeOf(const AskedServer& asked);
// What the server decided about us: ACCEPTED, REFUSED or UNKNOWN.
std::string TheirDecision(const Observation& seen);
// TheirDecision as a sentence, with the next step.
std::string TheirWords(const Observation& seen);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_ASKED_SERVER_H_
