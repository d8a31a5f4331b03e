// A server that was asked who it is: what it showed, what we would decide, and what it decided about us.
#ifndef PINION_TOOLS_PINION_ASKED_SERVER_H_
#define PINION_TOOLS_PINION_ASKED_SERVER_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tools/pinion/probe/observe.h"

namespace pinion::cli {

// What there is to judge a server by.
struct Standard {
  std::optional<x509::TrustRoots> roots;  // none: nothing is judged
  std::shared_ptr<const PinSet> pin_set;  // null: all but the key is judged
};

struct AskedServer {
  std::string target;
  std::string host;  // that it was asked for and judged as
  absl::Time asked_at;
  Observation seen;
  // Of the verifier that a live connection meets. Empty where there was nothing to judge, or to judge by.
  std::optional<Verdict> verdict;
};

// "HOST:PORT" into the question's host, port and server_name. InvalidArgument, saying why not.
absl::Status SetTarget(const std::string& target, Question* question);

// Asks, and judges as `host`.
AskedServer Ask(const std::string& target, const std::string& host, const Question& question);
void Judge(const Standard& standard, AskedServer* asked);

// What came of it in a word: ACCEPTED, REFUSED_BY_US, REFUSED_BY_THEM, NO_TLS, NO_COMMON_TLS, NO_H2, HANDSHAKE_FAILED,
// UNREACHABLE, TIMED_OUT.
std::string OutcomeOf(const AskedServer& asked);
// What the server decided about us: ACCEPTED, REFUSED or UNKNOWN.
std::string TheirDecision(const Observation& seen);
// The same in a sentence, with what to do.
std::string TheirWords(const Observation& seen);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_ASKED_SERVER_H_
