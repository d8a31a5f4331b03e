// An event sink for tests that records all events.
#ifndef PINION_TESTING_RECORDING_SINK_H_
#define PINION_TESTING_RECORDING_SINK_H_

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <vector>

#include "pinion/event_sink.h"

namespace pinion::testing {

// Thread-safe.
class RecordingSink final : public EventSink {
 public:
  void OnHandshake(const HandshakeEvent& event) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    handshakes_.push_back(event);
    changed_.notify_all();
  }

  void OnConnection(const ConnectionEvent& event) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    connections_.push_back(event);
  }

  void OnAdoption(const AdoptionEvent& event) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    adoptions_.push_back(event);
  }

  void OnAudit(const AuditEvent& event) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    audits_.push_back(event);
  }

  std::vector<AdoptionEvent> adoptions() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return adoptions_;
  }

  std::vector<AuditEvent> audits() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return audits_;
  }

  std::vector<ConnectionEvent> connections() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return connections_;
  }

  std::vector<HandshakeEvent> handshakes() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return handshakes_;
  }

  // Returns the handshake event after the first `skip`; waits up to 10 s for it. Empty if it does not arrive.
  std::optional<HandshakeEvent> WaitForHandshake(size_t skip = 0) const {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(10), [&] { return handshakes_.size() > skip; });
    return handshakes_.size() > skip ? std::optional<HandshakeEvent>(handshakes_[skip]) : std::nullopt;
  }

 private:
  mutable std::mutex mutex_;  // guards what follows
  mutable std::condition_variable changed_;
  std::vector<HandshakeEvent> handshakes_;
  std::vector<ConnectionEvent> connections_;
  std::vector<AdoptionEvent> adoptions_;
  std::vector<AuditEvent> audits_;
};

}  // namespace pinion::testing

#endif  // PINION_TESTING_RECORDING_SINK_H_
