// Events as lines on stderr, for the tools that run.
#ifndef PINION_TOOLS_PINION_EVENT_LOG_H_
#define PINION_TOOLS_PINION_EVENT_LOG_H_

#include <string>

#include "pinion/event_sink.h"

namespace pinion::cli {

// One line for each thing that an operator should see: refusals, report-only passes, BACKUP and RETIRING keys, what was
// reloaded or couldn't be, what ends soon. "2026-12-01T00:00:00Z refused a client: PIN_MISMATCH: …". Safe to use from
// any thread.
class EventLog final : public EventSink {
 public:
  // `prefix` comes before what happened, where one process has several to tell of: "payments: ".
  explicit EventLog(std::string prefix = "") : prefix_(std::move(prefix)) {}

  void OnHandshake(const HandshakeEvent& event) override;
  void OnReload(const ReloadEvent& event) override;
  void OnExpiry(const ExpiryEvent& event) override;
  void OnConnection(const ConnectionEvent& event) override;
  void OnEventsLost(int64_t count) override;
  // As AuditLine, on a line by itself.
  void OnAudit(const AuditEvent& event) override;
  void OnAuditLogger(const AuditLoggerEvent& event) override;

 private:
  void WriteLine(absl::Time time, const std::string& what) const;

  const std::string prefix_;
};

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_EVENT_LOG_H_
