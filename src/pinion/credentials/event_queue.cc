#include "pinion/credentials/event_queue.h"

#include <condition_variable>
#include <cstdint>
#include <list>
#include <mutex>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "pinion/connection/thread_without_signals.h"

namespace pinion {
namespace {

using Tell = std::function<void(EventSink&)>;

// Whether the sink took it.
bool TryToTell(EventSink& sink, const Tell& tell) {
  try {
    tell(sink);
    return true;
  } catch (...) {  // through gRPC's C code it would end the process
    return false;
  }
}

}  // namespace

struct EventQueue::State {
  const std::shared_ptr<EventSink> sink;
  std::mutex mutex;
  std::condition_variable changed;
  std::list<Tell> waiting ABSL_GUARDED_BY(mutex);
  int64_t pushed ABSL_GUARDED_BY(mutex) = 0;
  int64_t told ABSL_GUARDED_BY(mutex) = 0;  // of the pushed ones
  int64_t lost ABSL_GUARDED_BY(mutex) = 0;  // and not yet said
  bool is_stuck ABSL_GUARDED_BY(mutex) = false;
  bool is_ending ABSL_GUARDED_BY(mutex) = false;
  bool is_abandoned ABSL_GUARDED_BY(mutex) = false;
  bool is_over ABSL_GUARDED_BY(mutex) = false;

  explicit State(std::shared_ptr<EventSink> to) : sink(std::move(to)) {}
};

std::shared_ptr<EventSink> EventQueue::InFrontOf(std::shared_ptr<EventSink> sink) {
  static std::mutex* const mutex = new std::mutex();
  static auto* const queues = new absl::flat_hash_map<EventSink*, std::weak_ptr<EventSink>>();
  if (sink == nullptr) return nullptr;
  const std::lock_guard<std::mutex> lock(*mutex);
  absl::erase_if(*queues, [](const auto& entry) { return entry.second.expired(); });
  std::weak_ptr<EventSink>& entry = (*queues)[sink.get()];
  std::shared_ptr<EventSink> queue = entry.lock();
  if (queue == nullptr) {
    queue = std::shared_ptr<EventSink>(new EventQueue(std::move(sink)));
    entry = queue;
  }
  return queue;
}

EventQueue::EventQueue(std::shared_ptr<EventSink> sink)
    : state_(std::make_shared<State>(std::move(sink))),
      thread_(StartThreadWithoutSignals([state = state_] { Run(state); })) {}

EventQueue::~EventQueue() {
  // A fork, where the thread is the parent's, or the sink let go of what held this.
  if (getpid() != process_ || std::this_thread::get_id() == thread_.get_id()) {
    thread_.detach();
    return;
  }
  std::unique_lock<std::mutex> lock(state_->mutex);
  state_->is_ending = true;
  state_->changed.notify_all();
  const bool is_over =
      state_->changed.wait_for(lock, absl::ToChronoNanoseconds(kPatience), [this] { return state_->is_over; });
  state_->is_abandoned = true;
  lock.unlock();
  if (is_over) {
    thread_.join();
  } else {
    thread_.detach();
  }
}

void EventQueue::OnHandshake(const HandshakeEvent& event) {
  Push([event](EventSink& sink) { sink.OnHandshake(event); });
}

void EventQueue::OnReload(const ReloadEvent& event) {
  Push([event](EventSink& sink) { sink.OnReload(event); });
}

void EventQueue::OnExpiry(const ExpiryEvent& event) {
  Push([event](EventSink& sink) { sink.OnExpiry(event); });
}

void EventQueue::OnConnection(const ConnectionEvent& event) {
  Push([event](EventSink& sink) { sink.OnConnection(event); });
}

void EventQueue::OnAudit(const AuditEvent& event) {
  TryToTell(*state_->sink, [&event](EventSink& sink) { sink.OnAudit(event); });
}

void EventQueue::OnAuditLogger(const AuditLoggerEvent& event) {
  TryToTell(*state_->sink, [&event](EventSink& sink) { sink.OnAuditLogger(event); });
}

void EventQueue::Push(Tell tell) {
  std::unique_lock<std::mutex> lock(state_->mutex);
  if (state_->waiting.size() >= kMaxWaiting) {
    ++state_->lost;
    return;
  }
  state_->waiting.push_back(std::move(tell));
  const int64_t number = ++state_->pushed;
  state_->changed.notify_all();
  const auto no_wait = [&] { return state_->told >= number || state_->is_stuck; };
  const bool in_time = state_->changed.wait_for(lock, absl::ToChronoNanoseconds(kPatience), no_wait);
  if (!in_time) state_->is_stuck = true;
}

void EventQueue::Run(const std::shared_ptr<State>& state) {
  std::unique_lock<std::mutex> lock(state->mutex);
  for (;;) {
    state->changed.wait(lock, [&] { return !state->waiting.empty() || state->is_ending; });
    if (state->waiting.empty() || state->is_abandoned) break;
    std::list<Tell> one;
    one.splice(one.end(), state->waiting, state->waiting.begin());
    const int64_t lost = std::exchange(state->lost, 0);
    lock.unlock();
    if (lost > 0) TryToTell(*state->sink, [lost](EventSink& sink) { sink.OnEventsLost(lost); });
    const bool taken = TryToTell(*state->sink, one.front());
    one.clear();
    lock.lock();
    if (!taken) ++state->lost;
    ++state->told;
    state->is_stuck = false;
    state->changed.notify_all();
  }
  state->is_over = true;
  state->changed.notify_all();
}

}  // namespace pinion
