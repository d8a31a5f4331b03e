// An event sink that records each event with its time.
#ifndef PINION_TESTS_SOAK_JOURNAL_H_
#define PINION_TESTS_SOAK_JOURNAL_H_

#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/time/clock.h"
#include "pinion/event_sink.h"

namespace pinion::soak {

// An event, and when it arrived here.
template <typename Event>
struct Entry {
  absl::Time at;
  Event event;
};

// Safe to use from any thread.
class Journal final : public EventSink {
 public:
  void OnHandshake(const HandshakeEvent& event) override { Add(event, &handshakes_); }
  void OnReload(const ReloadEvent& event) override { Add(event, &reloads_); }
  void OnConnection(const ConnectionEvent& event) override { Add(event, &connections_); }
  void OnAudit(const AuditEvent& event) override { Add(event, &audits_); }

  std::vector<Entry<HandshakeEvent>> handshakes() const { return Copy(handshakes_); }
  std::vector<Entry<ReloadEvent>> reloads() const { return Copy(reloads_); }
  std::vector<Entry<ConnectionEvent>> connections() const { return Copy(connections_); }
  std::vector<Entry<AuditEvent>> audits() const { return Copy(audits_); }
  size_t reload_count() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return reloads_.size();
  }

 private:
  template <typename Event>
  void Add(const Event& event, std::vector<Entry<Event>>* entries) {
    const absl::Time now = absl::Now();
    const std::lock_guard<std::mutex> lock(mutex_);
    entries->push_back({now, event});
  }
  template <typename Entries>
  Entries Copy(const Entries& entries) const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return entries;
  }

  mutable std::mutex mutex_;
  std::vector<Entry<HandshakeEvent>> handshakes_;
  std::vector<Entry<ReloadEvent>> reloads_;
  std::vector<Entry<ConnectionEvent>> connections_;
  std::vector<Entry<AuditEvent>> audits_;
};

}  // namespace pinion::soak

#endif  // PINION_TESTS_SOAK_JOURNAL_H_
