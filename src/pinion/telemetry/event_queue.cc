#include "pinion/telemetry/event_queue.h"

#include <cstdint>
#include <utility>

namespace pinion {
namespace {

// Whether the sink took it.
bool TryToTell(EventSink& sink, const std::function<void(EventSink&)>& tell) {
  try {
    tell(sink);
    return true;
  } catch (...) {  // through gRPC's C code it would end the process
    return false;
  }
}

}  // namespace

EventQueue::EventQueue(const std::shared_ptr<EventSink>& sink)
    : sink_(sink),
      line_(
          [sink](const Tell& tell, int64_t lost) {
            if (lost > 0) TryToTell(*sink, [lost](EventSink& to) { to.OnEventsLost(lost); });
            return TryToTell(*sink, tell);
          },
          kPatience) {}

void EventQueue::OnHandshake(const HandshakeEvent& event) {
  line_.PushAndWait([event](EventSink& sink) { sink.OnHandshake(event); }, kPatience);
}

void EventQueue::OnReload(const ReloadEvent& event) {
  line_.PushAndWait([event](EventSink& sink) { sink.OnReload(event); }, kPatience);
}

void EventQueue::OnExpiry(const ExpiryEvent& event) {
  line_.PushAndWait([event](EventSink& sink) { sink.OnExpiry(event); }, kPatience);
}

void EventQueue::OnConnection(const ConnectionEvent& event) {
  line_.PushAndWait([event](EventSink& sink) { sink.OnConnection(event); }, kPatience);
}

void EventQueue::OnAudit(const AuditEvent& event) {
  TryToTell(*sink_, [&event](EventSink& sink) { sink.OnAudit(event); });
}

void EventQueue::OnAuditLogger(const AuditLoggerEvent& event) {
  TryToTell(*sink_, [&event](EventSink& sink) { sink.OnAuditLogger(event); });
}

}  // namespace pinion
