// The thread of MessageStreams. Private to transport/grpc/.
#ifndef PINION_TRANSPORT_GRPC_MESSAGE_LOOP_H_
#define PINION_TRANSPORT_GRPC_MESSAGE_LOOP_H_

#include <grpcpp/completion_queue.h>

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "pinion/base/mutex.h"
#include "pinion/base/steady_clock.h"

namespace pinion {

// What a completion queue reports.
class Completion {
 public:
  virtual ~Completion() = default;
  virtual void OnDone(bool ok) = 0;
};

// A member function of T that is called when an operation is done. Each operation in progress needs its own object.
template <typename T>
class CompletionOf final : public Completion {
 public:
  CompletionOf(T* object, void (T::*function)(bool)) : object_(object), function_(function) {}
  void OnDone(bool ok) override { (object_->*function_)(ok); }

 private:
  T* const object_;
  void (T::*const function_)(bool);
};

// Tasks and completion queues of one thread, which calls Run. Post is thread-safe; the other functions are for that
// thread.
class MessageLoop {
 public:
  // Does nothing once the loop is over.
  void Post(absl::Duration delay, std::function<void()> task) {
    const MutexLock lock(mutex_);
    if (is_over_) return;
    tasks_.emplace(SteadyNow() + delay, std::move(task));
    changed_.NotifyOne();
  }

  // Whether Run has returned. Thread-safe.
  bool is_over() const {
    const MutexLock lock(mutex_);
    return is_over_;
  }

  // Looks at the queue from now on. The queue must outlive its entry.
  void Add(grpc::CompletionQueue* queue) { queues_.push_back(queue); }
  // The number of streams whose I/O may wait for this thread: a look at an empty queue does the I/O of one connection.
  void set_streams(size_t streams) { streams_ = streams; }
  // No longer looks at the queue; none of its operations may be in progress.
  void Remove(grpc::CompletionQueue* queue);

  // Runs tasks and completions until there is nothing to look at and `is_over`. `is_busy` says whether a completion may
  // come; otherwise the thread waits for a task. `tick` is the interval.
  void Run(absl::Duration tick, const std::function<bool()>& is_busy, const std::function<bool()>& is_over);

 private:
  void RunTasks();
  // Runs some completions, so that tasks do not wait for all; returns whether there are more.
  bool RunCompletions(grpc::CompletionQueue* queue);

  mutable Mutex mutex_;
  CondVar changed_;
  std::multimap<absl::Time, std::function<void()>> tasks_ ABSL_GUARDED_BY(mutex_);  // by the steady clock
  bool is_over_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<grpc::CompletionQueue*> queues_;
  size_t streams_ = 0;
};

// Shuts a queue down, so that it may be destroyed; none of its operations may be in progress.
void EndQueue(grpc::CompletionQueue* queue);

}  // namespace pinion

#endif  // PINION_TRANSPORT_GRPC_MESSAGE_LOOP_H_
