// A mutex with annotations for clang's thread-safety analysis.
#ifndef PINION_BASE_MUTEX_H_
#define PINION_BASE_MUTEX_H_

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "pinion/base/steady_clock.h"

namespace pinion {

// A std::mutex with the annotations of clang's thread-safety analysis, which std::mutex lacks in libstdc++: code that
// touches a member marked ABSL_GUARDED_BY without its mutex does not compile with clang. absl::Mutex is not used, since
// TSan does not recognize it as Debian builds it.
class ABSL_LOCKABLE Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

 private:
  friend class CondVar;
  friend class MutexLock;

  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() { mutex_.lock(); }
  void Unlock() ABSL_UNLOCK_FUNCTION() { mutex_.unlock(); }

  std::mutex mutex_;
};

// Holds a mutex during its lifetime, except between Unlock and Lock. For one thread.
class ABSL_SCOPED_LOCKABLE MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex) : mutex_(mutex) { mutex_.Lock(); }
  ~MutexLock() ABSL_UNLOCK_FUNCTION() {
    if (is_held_) mutex_.Unlock();
  }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

  void Unlock() ABSL_UNLOCK_FUNCTION() {
    is_held_ = false;
    mutex_.Unlock();
  }
  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() {
    mutex_.Lock();
    is_held_ = true;
  }

 private:
  Mutex& mutex_;
  bool is_held_ = true;
};

// Like std::condition_variable: a wait may end without a notification, so the caller must check its condition again.
class CondVar {
 public:
  void Wait(Mutex& mutex) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
    changed_.wait(lock);
    static_cast<void>(lock.release());  // stays locked
  }

  // Waits until `end` at the latest, by the steady clock. Returns false, without waiting, if `end` has passed:
  //   while (!condition && changed.WaitUntil(mutex, end)) {}
  bool WaitUntil(Mutex& mutex, absl::Time end) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    // The deadline of a longer wait would overflow.
    constexpr absl::Duration kLongest = absl::Hours(24);
    const absl::Duration left = end - SteadyNow();
    if (left <= absl::ZeroDuration()) return false;
    std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
    changed_.wait_for(lock, absl::ToChronoNanoseconds(std::min(left, kLongest)));
    static_cast<void>(lock.release());
    return true;
  }

  void NotifyOne() { changed_.notify_one(); }
  void NotifyAll() { changed_.notify_all(); }

 private:
  std::condition_variable changed_;
};

}  // namespace pinion

#endif  // PINION_BASE_MUTEX_H_
