#include "pinion/authorization/audit_queue.h"

#include <condition_variable>
#include <list>
#include <mutex>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "pinion/connection/thread_without_signals.h"

namespace pinion {

struct AuditQueue::State {
  const std::shared_ptr<EventSink> events;
  std::mutex mutex;
  std::condition_variable changed;
  std::list<AuditItem> waiting ABSL_GUARDED_BY(mutex);
  int64_t dropped ABSL_GUARDED_BY(mutex) = 0;
  int64_t dropped_untold ABSL_GUARDED_BY(mutex) = 0;
  bool is_ending ABSL_GUARDED_BY(mutex) = false;     // no more is pushed
  bool is_abandoned ABSL_GUARDED_BY(mutex) = false;  // no more is written
  bool is_over ABSL_GUARDED_BY(mutex) = false;       // the thread is done

  explicit State(std::shared_ptr<EventSink> sink) : events(std::move(sink)) {}
};

AuditQueue::AuditQueue(std::shared_ptr<EventSink> events, absl::Duration flush_within)
    : state_(std::make_shared<State>(std::move(events))),
      flush_within_(flush_within),
      thread_(StartThreadWithoutSignals([state = state_] { Run(state); })) {}

AuditQueue::~AuditQueue() {
  if (getpid() != process_) {  // a fork: the thread is the parent's
    thread_.detach();
    return;
  }
  std::unique_lock<std::mutex> lock(state_->mutex);
  state_->is_ending = true;
  state_->changed.notify_all();
  const bool is_over =
      state_->changed.wait_for(lock, absl::ToChronoNanoseconds(flush_within_), [this] { return state_->is_over; });
  state_->is_abandoned = true;
  lock.unlock();
  if (is_over) {
    thread_.join();
  } else {
    thread_.detach();
  }
}

void AuditQueue::Push(AuditItem item) {
  // Allocated outside the lock.
  std::list<AuditItem> one;
  one.push_back(std::move(item));
  const std::lock_guard<std::mutex> lock(state_->mutex);
  if (state_->waiting.size() < kMaxWaiting) {
    state_->waiting.splice(state_->waiting.end(), one);
    state_->changed.notify_all();
  } else {
    ++state_->dropped;
    ++state_->dropped_untold;
  }
}

int64_t AuditQueue::dropped() const {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  return state_->dropped;
}

void AuditQueue::Run(const std::shared_ptr<State>& state) {
  std::unique_lock<std::mutex> lock(state->mutex);
  for (;;) {
    state->changed.wait(lock, [&] { return !state->waiting.empty() || state->is_ending; });
    if (state->waiting.empty() || state->is_abandoned) break;
    std::list<AuditItem> one;
    one.splice(one.end(), state->waiting, state->waiting.begin());
    AuditItem& item = one.front();
    item.event.dropped = std::exchange(state->dropped_untold, 0);
    lock.unlock();
    if (state->events != nullptr) state->events->OnAudit(item.event);
    if (item.loggers != nullptr) item.loggers->Write(item.event, state->events.get());
    one.clear();
    lock.lock();
  }
  state->is_over = true;
  state->changed.notify_all();
}

}  // namespace pinion
