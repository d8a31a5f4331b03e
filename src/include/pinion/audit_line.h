// An audited call as one line of JSON, in the shape of gRFC A59.
#ifndef PINION_AUDIT_LINE_H_
#define PINION_AUDIT_LINE_H_

#include <string>

#include "pinion/audit_event.h"
#include "pinion/export.h"

namespace pinion {

// {"grpc_audit_log":{"timestamp":…,"rpc_method":…,"principal":…,"policy_name":…,"matched_rule":…,"authorized":…}} and,
// after these six fields of A59, if they apply: "peer", "pin", "subject", "shadow" with "policy_name", "matched_rule"
// and "authorized", "count" and "dropped". The line is printable ASCII, regardless of the peer's input, and ends in its
// only newline. Thread-safe.
PINION_EXPORT std::string AuditLine(const AuditEvent& event);

}  // namespace pinion

#endif  // PINION_AUDIT_LINE_H_
