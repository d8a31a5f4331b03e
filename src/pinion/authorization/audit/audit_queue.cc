#include "pinion/authorization/audit/audit_queue.h"

#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "pinion/base/steady_clock.h"
#include "pinion/base/thread_without_signals.h"

namespace pinion {

struct AuditQueue::State {
  explicit State(std::shared_ptr<EventSink> sink) : events(std::move(sink)) {}

  const std::shared_ptr<EventSink> events;
  std::mutex mutex;
  std::condition_variable changed;
  FairAuditLine line ABSL_GUARDED_BY(mutex);
  bool is_ending ABSL_GUARDED_BY(mutex) = false;     // no more is pushed
  bool is_abandoned ABSL_GUARDED_BY(mutex) = false;  // no more is written
  bool is_over ABSL_GUARDED_BY(mutex) = false;       // the thread is done
};

AuditQueue::AuditQueue(std::shared_ptr<EventSink> events, absl::Duration flush_within)
    : state_(std::make_shared<State>(std::move(events))),
      flush_within_(flush_within),
      process_(getpid()),
      thread_(StartThreadWithoutSignals([state = state_] { Run(*state); })) {}

AuditQueue::~AuditQueue() {
  // In a fork the thread is the parent's; and a sink may release the last reference to what holds this.
  if (getpid() != process_ || std::this_thread::get_id() == thread_.get_id()) {
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
  const std::lock_guard<std::mutex> lock(state_->mutex);
  state_->line.Push(std::move(item), SteadyNow());
  state_->changed.notify_all();
}

int64_t AuditQueue::dropped() const {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  return state_->line.dropped();
}

void AuditQueue::Run(State& state) {
  std::unique_lock<std::mutex> lock(state.mutex);
  while (!state.is_abandoned) {
    const absl::Time now = state.is_ending ? absl::InfiniteFuture() : SteadyNow();
    std::optional<AuditItem> item = state.line.Take(now);
    if (item.has_value()) {
      lock.unlock();
      if (state.events != nullptr) state.events->OnAudit(item->event);
      if (item->loggers != nullptr) item->loggers->Write(item->event, state.events.get());
      item.reset();
      lock.lock();
    } else if (state.is_ending) {
      break;
    } else {
      const absl::Duration wait = std::min(state.line.NextDue() - now, absl::Hours(1));
      state.changed.wait_for(lock, absl::ToChronoNanoseconds(wait));
    }
  }
  state.is_over = true;
  state.changed.notify_all();
}

}  // namespace pinion
