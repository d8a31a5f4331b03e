#include "pinion/transport/grpc/message_loop.h"

#include <algorithm>

namespace pinion {
namespace {

constexpr size_t kMostCompletions = 64;
// Of how many streams one is looked at in each tick, beside the first.
constexpr size_t kStreamsPerLook = 8;

}  // namespace

void MessageLoop::Remove(grpc::CompletionQueue* queue) {
  queues_.erase(std::remove(queues_.begin(), queues_.end(), queue), queues_.end());
}

void MessageLoop::Run(absl::Duration tick, const std::function<bool()>& is_busy, const std::function<bool()>& is_over) {
  bool has_more = false;
  while (!is_over()) {
    if (!has_more) {
      const MutexLock lock(mutex_);
      const absl::Time next = is_busy() ? SteadyNow() + tick : absl::InfiniteFuture();
      const auto is_due = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
        return !tasks_.empty() && tasks_.begin()->first <= SteadyNow();
      };
      while (!is_due()) {
        const absl::Time until = tasks_.empty() ? next : std::min(next, tasks_.begin()->first);
        if (!changed_.WaitUntil(mutex_, until)) break;
      }
    }
    RunTasks();
    const std::vector<grpc::CompletionQueue*> queues = queues_;  // a completion may remove one
    has_more = false;
    for (grpc::CompletionQueue* queue : queues) has_more = RunCompletions(queue) || has_more;
  }
  std::multimap<absl::Time, std::function<void()>> left;  // destroyed without the lock
  const MutexLock lock(mutex_);
  is_over_ = true;
  left.swap(tasks_);
}

void MessageLoop::RunTasks() {
  std::vector<std::function<void()>> due;
  {
    const MutexLock lock(mutex_);
    const auto end = tasks_.upper_bound(SteadyNow());
    for (auto task = tasks_.begin(); task != end; ++task) due.push_back(std::move(task->second));
    tasks_.erase(tasks_.begin(), end);
  }
  for (const std::function<void()>& task : due) task();
}

bool MessageLoop::RunCompletions(grpc::CompletionQueue* queue) {
  void* tag = nullptr;
  bool ok = false;
  size_t looks = std::min(1 + streams_ / kStreamsPerLook, kMostCompletions);
  bool has_event = false;
  for (size_t i = 0; i < kMostCompletions && looks > 0; ++i) {
    const bool is_looked_at = std::find(queues_.begin(), queues_.end(), queue) != queues_.end();
    if (!is_looked_at) return false;
    const auto next = queue->AsyncNext(&tag, &ok, gpr_inf_past(GPR_CLOCK_MONOTONIC));
    if (next == grpc::CompletionQueue::SHUTDOWN) return false;
    has_event = next == grpc::CompletionQueue::GOT_EVENT;
    if (has_event) {
      static_cast<Completion*>(tag)->OnDone(ok);
    } else {
      --looks;
    }
  }
  return has_event;
}

void EndQueue(grpc::CompletionQueue* queue) {
  void* tag = nullptr;
  bool ok = false;
  queue->Shutdown();
  while (queue->Next(&tag, &ok)) {
  }
}

}  // namespace pinion
