// Logs events as lines on stderr.
#ifndef PINION_TOOLS_PINION_EVENT_LOG_H_
#define PINION_TOOLS_PINION_EVENT_LOG_H_

#include <string>

#include "pinion/event_sink.h"

namespace pinion::cli {

// One line for each event that an operator should see: refusals, report-only passes, BACKUP and RETIRING keys, reloads
// and failed reloads, and what expires soon. "2026-12-01T00:00:00Z refused a client: PIN_MISMATCH: …". Safe to use from
// any thread.
class EventLog final : public EventSink {
 public:
  // `prefix` precedes the text of each line, for a process with several workloads: "payments: ".
  explicit EventLog(std::string prefix = "") : prefix_(std::move(prefix)) {}

  void OnHandshake(const HandshakeEvent& event) override;
  void OnReload(const ReloadEvent& event) override;
  void OnExpiry(const ExpiryEvent& event) override;
  void OnConnection(const ConnectionEvent& event) override;
  void OnAdoption(const AdoptionEvent& event) override;
  void OnEventsLost(int64_t count) override;
  // One AuditLine.
  void OnAudit(const AuditEvent& event) override;
  void OnAuditLogger(const AuditLoggerEvent& event) override;

 private:
  void WriteLine(absl::Time time, const std::string& what) const;

  const std::string prefix_;
};

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_EVENT_LOG_H_
