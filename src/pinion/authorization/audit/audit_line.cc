#include "pinion/audit_line.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "pinion/base/rfc3339.h"
#include "pinion/json/string_literal.h"

namespace pinion {
namespace {

std::string DecisionFields(const AuditedDecision& decision) {
  return absl::StrCat("\"policy_name\":", json::StringLiteral(decision.policy_name),
                      ",\"matched_rule\":", json::StringLiteral(decision.matched_rule),
                      ",\"authorized\":", decision.authorized ? "true" : "false");
}

void AppendUnlessEmpty(absl::string_view name, absl::string_view value, std::string* line) {
  if (!value.empty()) absl::StrAppend(line, ",\"", name, "\":", json::StringLiteral(value));
}

}  // namespace

std::string AuditLine(const AuditEvent& event) {
  std::string line =
      absl::StrCat("{\"grpc_audit_log\":{\"timestamp\":\"", FormatRfc3339Micros(event.time),
                   "\",\"rpc_method\":", json::StringLiteral(event.rpc_method),
                   ",\"principal\":", json::StringLiteral(event.principal), ",", DecisionFields(event.decision));
  AppendUnlessEmpty("peer", event.peer, &line);
  AppendUnlessEmpty("pin", event.pin, &line);
  AppendUnlessEmpty("subject", event.subject, &line);
  if (event.shadow.has_value()) absl::StrAppend(&line, ",\"shadow\":{", DecisionFields(*event.shadow), "}");
  if (event.count > 1) absl::StrAppend(&line, ",\"count\":", event.count);
  if (event.dropped > 0) absl::StrAppend(&line, ",\"dropped\":", event.dropped);
  line.append("}}\n");
  return line;
}

}  // namespace pinion
