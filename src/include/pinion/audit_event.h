// Audit events, in the terms of gRFC A59.
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
  std::string matched_rule;  // empty if no rule decided
  bool authorized = false;
};

// A decided call, or several similar ones. Some of the text comes from the peer: its bytes are unchanged, except that a
// very long text is truncated and ends with the number of bytes left out. AuditLine (pinion/audit_line.h)
// formats the event as one line that is safe to print.
struct AuditEvent {
  absl::Time time;
  // As received: "/package.Service/Method" from a well-behaved client.
  std::string rpc_method;
  // The first URI SAN of the peer's certificate, else its first DNS SAN, else its subject.
  std::string principal;
  // The active policy's decision.
  AuditedDecision decision;
  // The shadow policy's decision. Present only if it differs from the active policy's.
  std::optional<AuditedDecision> shadow;
  // The peer's name in the pin set. Empty if the pin set does not list the peer, if that is not known, or if the
  // caller's key is not proven to be one of the peer's pins. Several names, joined by commas, if the certificate
  // contradicts the pin set.
  std::string peer;
  // The SPKI of the presented leaf as "sha256/…="; empty if it is not known. Several, joined by commas, latest first,
  // while the server has accepted several keys under the caller's names, as during a rotation.
  std::string pin;
  std::string subject;  // RFC 2253
  // The number of calls that the event represents. Greater than 1 if the same rule denied several calls of the
  // principal within one second; the other fields then describe the latest of these calls.
  int64_t count = 1;
  // The number of the principal's calls that were dropped because they came too fast and that no earlier event counted.
  int64_t dropped = 0;
};

// A change in the state of one of the policy's audit loggers: it fails, fails for another reason, or works again.
struct AuditLoggerEvent {
  absl::Time time;
  // "stdout_logger", "file_logger /var/log/audit.log".
  std::string logger;
  // Why the logger loses its lines; empty when it works again.
  std::string error;
  // The number of calls lost since the logger's last successful write.
  int64_t lines_lost = 0;
};

}  // namespace pinion

#endif  // PINION_AUDIT_EVENT_H_
