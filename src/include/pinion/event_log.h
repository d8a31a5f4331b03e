// Logs events as lines, for people or for a log pipeline.
#ifndef PINION_EVENT_LOG_H_
#define PINION_EVENT_LOG_H_

#include <cstdio>
#include <string>
#include <utility>

#include "pinion/event_sink.h"
#include "pinion/export.h"

namespace pinion {

enum class LogFormat {
  kText,  // "2026-12-01T00:00:00Z refused a client: PIN_MISMATCH: …"
  kJson,  // one object a line; docs/observability.md lists the fields
};

struct EventLogOptions {
  LogFormat format = LogFormat::kText;
  // Precedes the text of each line, for a process with several workloads: "payments: ".
  std::string prefix;
  std::FILE* file = stderr;  // not owned
};

// One line for each event that an operator should see: refusals, report-only passes, BACKUP and RETIRING keys, reloads
// and failed reloads, what ends soon, connections that are closed, and audited calls. An accepted peer causes no line.
// Each line is written with one call and is printable ASCII, whatever peers send. Thread-safe.
class PINION_EXPORT EventLog final : public EventSink {
 public:
  explicit EventLog(EventLogOptions options = {}) : options_(std::move(options)) {}

  void OnHandshake(const HandshakeEvent& event) override;
  void OnReload(const ReloadEvent& event) override;
  void OnExpiry(const ExpiryEvent& event) override;
  void OnConnection(const ConnectionEvent& event) override;
  void OnAdoption(const AdoptionEvent& event) override;
  void OnEventsLost(int64_t count) override;
  // One AuditLine, in either format.
  void OnAudit(const AuditEvent& event) override;
  void OnAuditLogger(const AuditLoggerEvent& event) override;

 private:
  struct Entry;
  void Write(const Entry& entry) const;

  const EventLogOptions options_;
};

}  // namespace pinion

#endif  // PINION_EVENT_LOG_H_
