#include "pinion/telemetry/event_queue.h"

#include <cstdint>
#include <utility>

namespace pinion {
namespace {

// Returns whether the sink took the event.
bool TryToDeliver(EventSink& sink, const std::function<void(EventSink&)>& deliver) {
  try {
    deliver(sink);
    return true;
  } catch (...) {  // passing through gRPC's C code, an exception would end the process
    return false;
  }
}

}  // namespace

EventQueue::EventQueue(const std::shared_ptr<EventSink>& sink)
    : sink_(sink),
      queue_(
          [sink](const Deliver& deliver, int64_t lost) {
            if (lost > 0) TryToDeliver(*sink, [lost](EventSink& to) { to.OnEventsLost(lost); });
            return TryToDeliver(*sink, deliver);
          },
          kPatience) {}

void EventQueue::OnHandshake(const HandshakeEvent& event) {
  queue_.PushAndWait([event](EventSink& sink) { sink.OnHandshake(event); }, kPatience);
}

void EventQueue::OnReload(const ReloadEvent& event) {
  queue_.PushAndWait([event](EventSink& sink) { sink.OnReload(event); }, kPatience);
}

void EventQueue::OnExpiry(const ExpiryEvent& event) {
  queue_.PushAndWait([event](EventSink& sink) { sink.OnExpiry(event); }, kPatience);
}

void EventQueue::OnConnection(const ConnectionEvent& event) {
  queue_.PushAndWait([event](EventSink& sink) { sink.OnConnection(event); }, kPatience);
}

void EventQueue::OnAdoption(const AdoptionEvent& event) {
  queue_.PushAndWait([event](EventSink& sink) { sink.OnAdoption(event); }, kPatience);
}

void EventQueue::OnAudit(const AuditEvent& event) {
  TryToDeliver(*sink_, [&event](EventSink& sink) { sink.OnAudit(event); });
}

void EventQueue::OnAuditLogger(const AuditLoggerEvent& event) {
  TryToDeliver(*sink_, [&event](EventSink& sink) { sink.OnAuditLogger(event); });
}

}  // namespace pinion
