#include "pinion/authorization/audit/audit_loggers.h"

#include <unistd.h>

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "pinion/audit_line.h"

namespace pinion {

AuditLoggers::AuditLoggers(const v1::AuditLoggingOptions& options) {
  for (const auto& logger : options.audit_loggers()) {
    const std::string& path = logger.config().path();
    if (path.empty()) {
      entries_.push_back({logger.name(), MakeDescriptorLogger(STDOUT_FILENO), "", 0});
    } else {
      entries_.push_back({absl::StrCat(logger.name(), " ", absl::CHexEscape(path)), MakeFileLogger(path), "", 0});
    }
  }
}

void AuditLoggers::Write(const AuditEvent& event, EventSink* events) {
  for (Entry& entry : entries_) WriteTo(&entry, event, events);
}

void AuditLoggers::WriteTo(Entry* entry, AuditEvent event, EventSink* events) {
  event.dropped += entry->lost;
  const absl::Status status = entry->logger->Write(AuditLine(event));
  const int64_t lost = status.ok() ? entry->lost : event.dropped + event.count;
  const std::string error(status.message());
  if (error != entry->error && events != nullptr) events->OnAuditLogger({event.time, entry->name, error, lost});
  entry->error = error;
  entry->lost = status.ok() ? 0 : lost;
}

}  // namespace pinion
