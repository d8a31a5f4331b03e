// The audit loggers of one policy. Private to authorization/audit/.
#ifndef PINION_AUTHORIZATION_AUDIT_AUDIT_LOGGERS_H_
#define PINION_AUTHORIZATION_AUDIT_AUDIT_LOGGERS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "pinion/authorization/audit/audit_logger.h"
#include "pinion/event_sink.h"
#include "pinion/v1/authorization_policy.pb.h"

namespace pinion {

// May be constructed on any thread, since the constructor opens no file. Used only by the audit's thread.
class AuditLoggers {
 public:
  explicit AuditLoggers(const v1::AuditLoggingOptions& options);

  // Writes to each logger; a failure of one does not affect the others. Calls that a logger lost are added to "dropped"
  // in its next line. `events`, which may be null, receives an event when a logger begins to fail, fails for another
  // reason, or works again.
  void Write(const AuditEvent& event, EventSink* events);

 private:
  struct Entry {
    std::string name;
    std::unique_ptr<AuditLogger> logger;
    std::string error;  // empty if the last write succeeded
    int64_t lost = 0;   // events lost since the last successful write
  };

  static void WriteTo(Entry* entry, AuditEvent event, EventSink* events);

  std::vector<Entry> entries_;
};

}  // namespace pinion

#endif  // PINION_AUTHORIZATION_AUDIT_AUDIT_LOGGERS_H_
