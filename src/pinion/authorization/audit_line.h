// An audited call as one line of JSON, in the shape of gRFC A59.
#ifndef PINION_AUTHORIZATION_AUDIT_LINE_H_
#define PINION_AUTHORIZATION_AUDIT_LINE_H_

#include <string>

#include "pinion/telemetry/audit_event.h"

namespace pinion {

// {"grpc_audit_log":{"timestamp":…,"rpc_method":…,"principal":…,"policy_name":…,"matched_rule":…,"authorized":…}} and,
// behind these six of A59, where there is something to say: "peer", "pin", "subject", "shadow" with
// "policy_name", "matched_rule" and "authorized", "count" and "dropped". Printable ASCII, whatever the peer wrote,
// ended by the only newline. From any thread.
std::string AuditLine(const AuditEvent& event);

}  // namespace pinion

#endif  // PINION_AUTHORIZATION_AUDIT_LINE_H_
