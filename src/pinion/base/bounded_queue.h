// A queue of items for one consumer thread.
#ifndef PINION_BASE_BOUNDED_QUEUE_H_
#define PINION_BASE_BOUNDED_QUEUE_H_

#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "pinion/base/mutex.h"
#include "pinion/base/steady_clock.h"
#include "pinion/base/thread_without_signals.h"

namespace pinion {

// Any thread may push. While kMaxWaiting items wait, further items are dropped and counted.
template <typename Item>
class BoundedQueue {
 public:
  static constexpr size_t kMaxWaiting = 4096;

  // Runs on the queue's own thread and must not throw. `lost` is the number of lost items that were not reported yet.
  // Returns whether the item was taken; otherwise it counts as lost.
  using Take = std::function<bool(Item& item, int64_t lost)>;

  // On destruction, waiting items are still taken for up to `flush_within`; the remaining ones are dropped. A thread
  // that is blocked in an item is then detached and keeps the resources that it uses.
  BoundedQueue(Take take, absl::Duration flush_within)
      : state_(std::make_shared<State>(std::move(take))),
        flush_within_(flush_within),
        thread_(StartThreadWithoutSignals([state = state_] { Run(*state); })) {}
  ~BoundedQueue() {
    // In a forked child, the thread belongs to the parent. `take` may also have released the last reference to the
    // owner of this queue.
    if (getpid() != process_ || std::this_thread::get_id() == thread_.get_id()) {
      thread_.detach();
      return;
    }
    if (End()) {
      thread_.join();
    } else {
      thread_.detach();
    }
  }
  BoundedQueue(const BoundedQueue&) = delete;
  BoundedQueue& operator=(const BoundedQueue&) = delete;

  void Push(Item item) { PushAndWait(std::move(item), absl::ZeroDuration()); }

  // Waits until the item is taken. All callers share a wait budget of `patience`, refilled at 100 ms per second, and
  // none waits behind an item that took longer. A thousand consecutive slow items therefore delay their callers no
  // longer than one.
  void PushAndWait(Item item, absl::Duration patience) {
    // Allocated outside of the lock.
    std::list<Item> one;
    one.push_back(std::move(item));
    const MutexLock lock(state_->mutex);
    if (state_->waiting.size() >= kMaxWaiting) {
      ++state_->lost;
      ++state_->lost_unreported;
      return;
    }
    state_->waiting.splice(state_->waiting.end(), one);
    const int64_t number = ++state_->pushed;
    state_->changed.NotifyAll();
    const absl::Time begin = SteadyNow();
    const absl::Duration left = patience - state_->UsedBudget(begin);
    if (left <= absl::ZeroDuration()) return;
    while (state_->left < number && !state_->is_stuck && state_->changed.WaitUntil(state_->mutex, begin + left)) {
    }
    if (state_->left < number) state_->is_stuck = true;
    state_->waited += SteadyNow() - begin;
  }

  // The number of items lost since construction.
  int64_t lost() const {
    const MutexLock lock(state_->mutex);
    return state_->lost;
  }

 private:
  // Returns whether the thread finishes within flush_within_.
  bool End() {
    const MutexLock lock(state_->mutex);
    state_->is_ending = true;
    state_->changed.NotifyAll();
    const absl::Time end = SteadyNow() + flush_within_;
    while (!state_->is_over && state_->changed.WaitUntil(state_->mutex, end)) {
    }
    state_->is_abandoned = true;
    return state_->is_over;
  }

  // Shared with the thread, which may outlive the queue.
  struct State {
    const Take take;
    Mutex mutex;
    CondVar changed;
    std::list<Item> waiting ABSL_GUARDED_BY(mutex);
    int64_t pushed ABSL_GUARDED_BY(mutex) = 0;
    int64_t left ABSL_GUARDED_BY(mutex) = 0;  // number of pushed items that have left the queue, taken or not
    int64_t lost ABSL_GUARDED_BY(mutex) = 0;
    int64_t lost_unreported ABSL_GUARDED_BY(mutex) = 0;
    bool is_stuck ABSL_GUARDED_BY(mutex) = false;
    bool is_ending ABSL_GUARDED_BY(mutex) = false;     // no more items are pushed
    bool is_abandoned ABSL_GUARDED_BY(mutex) = false;  // no more items are taken
    bool is_over ABSL_GUARDED_BY(mutex) = false;       // the thread is done

    absl::Duration waited ABSL_GUARDED_BY(mutex);  // the used part of the wait budget
    absl::Time refilled_at ABSL_GUARDED_BY(mutex);

    explicit State(Take how) : take(std::move(how)) {}

    // Refills the wait budget by a tenth of the elapsed time.
    absl::Duration UsedBudget(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
      waited = std::max(absl::ZeroDuration(), waited - (now - std::exchange(refilled_at, now)) / 10);
      return waited;
    }
  };

  static void Run(State& state) {
    MutexLock lock(state.mutex);
    for (;;) {
      while (state.waiting.empty() && !state.is_ending) state.changed.Wait(state.mutex);
      if (state.waiting.empty() || state.is_abandoned) break;
      std::list<Item> one;
      one.splice(one.end(), state.waiting, state.waiting.begin());
      const int64_t lost = std::exchange(state.lost_unreported, 0);
      lock.Unlock();
      const bool taken = state.take(one.front(), lost);
      one.clear();
      lock.Lock();
      if (!taken) {
        ++state.lost;
        ++state.lost_unreported;
      }
      ++state.left;
      state.is_stuck = false;
      state.changed.NotifyAll();
    }
    state.is_over = true;
    state.changed.NotifyAll();
  }

  const std::shared_ptr<State> state_;
  const absl::Duration flush_within_;
  const pid_t process_ = getpid();
  std::thread thread_;
};

}  // namespace pinion

#endif  // PINION_BASE_BOUNDED_QUEUE_H_
