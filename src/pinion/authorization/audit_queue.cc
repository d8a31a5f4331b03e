#include "pinion/authorization/audit_queue.h"

namespace pinion {

AuditQueue::AuditQueue(std::shared_ptr<EventSink> events, absl::Duration flush_within)
    : line_(
          [events = std::move(events)](AuditItem& item, int64_t dropped) {
            item.event.dropped = dropped;
            if (events != nullptr) events->OnAudit(item.event);
            if (item.loggers != nullptr) item.loggers->Write(item.event, events.get());
            return true;
          },
          flush_within) {}

}  // namespace pinion
