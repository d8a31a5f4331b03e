// Events of the audit, in the terms of gRFC A59.
#ifndef PINION_AUDIT_EVENT_H_
#define PINION_AUDIT_EVENT_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"

namespace pinion {

// One policy's decision on a call.
struct AuditedDecision {
  std::string policy_name;
  std::string matched_rule;  // empty where no rule decided
  bool authorized = false;
};

// One call, decided, or several like it. Peers write some of the text: its bytes are as they came, shortened where it
// is very long, with the number of bytes left out. AuditLine (authorization/audit/audit_line.h) makes one safe line of
// it.
struct AuditEvent {
  absl::Time time;
  // "/package.Service/Method" where the peer behaves.
  std::string rpc_method;
  // The first URI SAN of the peer's certificate, else its first DNS SAN, else its subject.
  std::string principal;
  // By the active policy.
  AuditedDecision decision;
  // By the shadow policy, where that one would have allowed what was denied or denied what was allowed.
  std::optional<AuditedDecision> shadow;
  // The peer's name in the pin set; empty where it is not in it, where that is not known, and where the caller's key
  // may be no pin of that peer. Several, joined by commas, where the certificate contradicts the pin set.
  std::string peer;
  // The presented leaf's SPKI as "sha256/…="; empty where that is not known. Several, joined by commas, the latest
  // first, while the server has accepted several keys under the caller's names, as in a rotation.
  std::string pin;
  std::string subject;  // RFC 2253
  // How many calls the event stands for. More than one where the same rule denied several calls of the principal within
  // a second; the other fields are then the latest call's.
  int64_t count = 1;
  // Calls of the principal that came too fast and were lost, as far as no event before this one counted them.
  int64_t dropped = 0;
};

// What became of one of the policy's audit loggers. One event for each change: failing, failing otherwise, mended.
struct AuditLoggerEvent {
  absl::Time time;
  // "stdout_logger", "file_logger /var/log/audit.log".
  std::string logger;
  // Why its lines are lost; empty when it writes again.
  std::string error;
  // Calls, since it wrote last.
  int64_t lines_lost = 0;
};

}  // namespace pinion

#endif  // PINION_AUDIT_EVENT_H_
