#include "pinion/transport/grpc/message_loop.h"

#include <algorithm>

namespace pinion {

void MessageLoop::Remove(grpc::CompletionQueue* queue) {
  queues_.erase(std::remove(queues_.begin(), queues_.end(), queue), queues_.end());
}

void MessageLoop::Run(absl::Duration tick, const std::function<bool()>& is_busy, const std::function<bool()>& is_over) {
  while (!is_over()) {
    {
      const MutexLock lock(mutex_);
      absl::Time next = is_busy() ? SteadyNow() + tick : absl::InfiniteFuture();
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
    for (grpc::CompletionQueue* queue : queues) RunCompletions(queue);
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

void MessageLoop::RunCompletions(grpc::CompletionQueue* queue) {
  void* tag = nullptr;
  bool ok = false;
  while (std::find(queues_.begin(), queues_.end(), queue) != queues_.end() &&
         queue->AsyncNext(&tag, &ok, gpr_inf_past(GPR_CLOCK_MONOTONIC)) == grpc::CompletionQueue::GOT_EVENT) {
    static_cast<Completion*>(tag)->OnDone(ok);
  }
}

void EndQueue(grpc::CompletionQueue* queue) {
  void* tag = nullptr;
  bool ok = false;
  queue->Shutdown();
  while (queue->Next(&tag, &ok)) {
  }
}

}  // namespace pinion
