#include "pinion/audit_line.h"

#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace pinion {
namespace {

AuditEvent Event() {
  AuditEvent event;
  event.time = absl::FromUnixMicros(1780272000000007);
  event.rpc_method = "/a.B/C";
  event.principal = "spiffe://prod/a";
  event.decision = {"ledger", "readers", true};
  return event;
}

TEST(AuditLineTest, HasTheShapeOfA59) {
  EXPECT_EQ(AuditLine(Event()),
            R"({"grpc_audit_log":{"timestamp":"2026-06-01T00:00:00.000007Z","rpc_method":"/a.B/C",)"
            R"("principal":"spiffe://prod/a","policy_name":"ledger","matched_rule":"readers","authorized":true}})"
            "\n");
}

TEST(AuditLineTest, AddsWhatElseIsKnown) {
  AuditEvent event = Event();
  event.decision = {"ledger", "", false};
  event.peer = "payments";
  event.pin = "sha256/AAAA=";
  event.subject = "CN=a";
  event.shadow = AuditedDecision{"next", "all", true};
  event.count = 3;
  event.dropped = 12;
  EXPECT_EQ(AuditLine(event),
            R"({"grpc_audit_log":{"timestamp":"2026-06-01T00:00:00.000007Z","rpc_method":"/a.B/C",)"
            R"("principal":"spiffe://prod/a","policy_name":"ledger","matched_rule":"","authorized":false,)"
            R"("peer":"payments","pin":"sha256/AAAA=","subject":"CN=a",)"
            R"("shadow":{"policy_name":"next","matched_rule":"all","authorized":true},"count":3,"dropped":12}})"
            "\n");
}

TEST(AuditLineTest, IsOneLineAndOneObjectWhateverThePeerWrites) {
  const std::string bad =
      std::string("\",\"authorized\":true}}\n{\"grpc_audit_log\":{\"") + '\0' + "\\\r\xff\xc3\x1b[2J";
  const std::string escaped =
      R"("\",\"authorized\":true}}\u000a{\"grpc_audit_log\":{\"\u0000\\\u000d\u00ff\u00c3\u001b[2J")";
  for (std::string AuditEvent::*const field :
       {&AuditEvent::rpc_method, &AuditEvent::principal, &AuditEvent::peer, &AuditEvent::pin, &AuditEvent::subject}) {
    AuditEvent event = Event();
    event.decision.authorized = false;
    event.*field = bad;
    const std::string line = AuditLine(event);
    EXPECT_NE(line.find(escaped), std::string::npos) << line;
    EXPECT_EQ(line.find('\n'), line.size() - 1) << line;
    EXPECT_EQ(nlohmann::json::parse(line)["grpc_audit_log"]["authorized"], false) << line;
  }
}

TEST(AuditLineTest, EscapesTheNamesOfPoliciesAndRulesToo) {
  AuditEvent event = Event();
  event.decision = {"\n", "\xe9", true};
  event.shadow = AuditedDecision{"\"", "\u00e9", false};
  const std::string line = AuditLine(event);
  EXPECT_NE(line.find(R"("policy_name":"\u000a","matched_rule":"\u00e9")"), std::string::npos) << line;
  EXPECT_NE(line.find(R"("shadow":{"policy_name":"\"","matched_rule":"\u00e9","authorized":false})"), std::string::npos)
      << line;
}

}  // namespace
}  // namespace pinion
