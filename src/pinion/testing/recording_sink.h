// An event sink for tests that records all events.
#ifndef PINION_TESTING_RECORDING_SINK_H_
#define PINION_TESTING_RECORDING_SINK_H_

#include <functional>
#include <optional>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "pinion/base/mutex.h"
#include "pinion/base/steady_clock.h"
#include "pinion/event_sink.h"

namespace pinion::testing {

// Thread-safe.
class RecordingSink final : public EventSink {
 public:
  void OnHandshake(const HandshakeEvent& event) override {
    const MutexLock lock(mutex_);
    handshakes_.push_back(event);
    changed_.NotifyAll();
  }

  void OnConnection(const ConnectionEvent& event) override {
    const MutexLock lock(mutex_);
    connections_.push_back(event);
  }

  void OnAudit(const AuditEvent& event) override {
    const MutexLock lock(mutex_);
    audits_.push_back(event);
  }

  std::vector<AuditEvent> audits() const {
    const MutexLock lock(mutex_);
    return audits_;
  }

  std::vector<ConnectionEvent> connections() const {
    const MutexLock lock(mutex_);
    return connections_;
  }

  std::vector<HandshakeEvent> handshakes() const {
    const MutexLock lock(mutex_);
    return handshakes_;
  }

  // Returns the handshake event after the first `skip`; waits up to 10 s for it. Empty if it does not arrive.
  std::optional<HandshakeEvent> WaitForHandshake(size_t skip = 0) const {
    const MutexLock lock(mutex_);
    const absl::Time end = SteadyNow() + absl::Seconds(10);
    while (handshakes_.size() <= skip && changed_.WaitUntil(mutex_, end)) {
    }
    return handshakes_.size() > skip ? std::optional<HandshakeEvent>(handshakes_[skip]) : std::nullopt;
  }

 private:
  mutable Mutex mutex_;
  mutable CondVar changed_;
  std::vector<HandshakeEvent> handshakes_ ABSL_GUARDED_BY(mutex_);
  std::vector<ConnectionEvent> connections_ ABSL_GUARDED_BY(mutex_);
  std::vector<AuditEvent> audits_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pinion::testing

#endif  // PINION_TESTING_RECORDING_SINK_H_
