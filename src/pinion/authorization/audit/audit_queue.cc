#include "pinion/authorization/audit/audit_queue.h"

#include <unistd.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "pinion/base/mutex.h"
#include "pinion/base/steady_clock.h"
#include "pinion/base/thread_without_signals.h"

namespace pinion {

struct AuditQueue::State {
  explicit State(std::shared_ptr<EventSink> sink) : events(std::move(sink)) {}

  const std::shared_ptr<EventSink> events;
  Mutex mutex;
  CondVar changed;
  FairAuditLine line ABSL_GUARDED_BY(mutex);
  bool is_ending ABSL_GUARDED_BY(mutex) = false;     // no more items are pushed
  bool is_abandoned ABSL_GUARDED_BY(mutex) = false;  // no more items are written
  bool is_over ABSL_GUARDED_BY(mutex) = false;       // the thread is done
};

AuditQueue::AuditQueue(std::shared_ptr<EventSink> events, absl::Duration flush_within)
    : state_(std::make_shared<State>(std::move(events))),
      flush_within_(flush_within),
      process_(getpid()),
      thread_(StartThreadWithoutSignals([state = state_] { Run(*state); })) {}

AuditQueue::~AuditQueue() {
  // In a forked child, the thread belongs to the parent. A sink may also release the last reference to the owner of
  // this queue.
  if (getpid() != process_ || std::this_thread::get_id() == thread_.get_id()) {
    thread_.detach();
    return;
  }
  if (End(*state_, flush_within_)) {
    thread_.join();
  } else {
    thread_.detach();
  }
}

bool AuditQueue::End(State& state, absl::Duration flush_within) {
  const MutexLock lock(state.mutex);
  state.is_ending = true;
  state.changed.NotifyAll();
  const absl::Time end = SteadyNow() + flush_within;
  while (!state.is_over && state.changed.WaitUntil(state.mutex, end)) {
  }
  state.is_abandoned = true;
  return state.is_over;
}

int64_t AuditQueue::Push(AuditItem item) {
  const MutexLock lock(state_->mutex);
  const int64_t before = state_->line.dropped();
  state_->line.Push(std::move(item), SteadyNow());
  state_->changed.NotifyAll();
  return state_->line.dropped() - before;
}

int64_t AuditQueue::dropped() const {
  const MutexLock lock(state_->mutex);
  return state_->line.dropped();
}

void AuditQueue::Run(State& state) {
  MutexLock lock(state.mutex);
  while (!state.is_abandoned) {
    const absl::Time now = state.is_ending ? absl::InfiniteFuture() : SteadyNow();
    std::optional<AuditItem> item = state.line.Take(now);
    if (item.has_value()) {
      lock.Unlock();
      if (state.events != nullptr) state.events->OnAudit(item->event);
      if (item->loggers != nullptr) item->loggers->Write(item->event, state.events.get());
      item.reset();
      lock.Lock();
    } else if (state.is_ending) {
      break;
    } else {
      state.changed.WaitUntil(state.mutex, state.line.NextDue());
    }
  }
  state.is_over = true;
  state.changed.NotifyAll();
}

}  // namespace pinion
