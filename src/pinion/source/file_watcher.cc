#include "pinion/source/file_watcher.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <set>

#include "absl/base/thread_annotations.h"
#include "pinion/base/descriptor.h"
#include "pinion/base/mutex.h"
#include "pinion/base/process_wide.h"
#include "pinion/base/thread_without_signals.h"

namespace pinion {
namespace {

// The minimum time between two checks.
constexpr absl::Duration kBreath = absl::Milliseconds(10);
// The interval of checks if events are not available.
constexpr absl::Duration kWithoutEvents = absl::Seconds(1);

// The live watchers, which are stopped when the process exits.
class LiveWatchers {
 public:
  // Exit handlers run in reverse order. This handler is registered after those of the libraries that loaded the watched
  // files, in particular OpenSSL, and therefore runs before them.
  LiveWatchers() {
    std::atexit([] { ProcessWide<LiveWatchers>().StopAll(); });
  }
  void Add(FileWatcher* watcher) {
    const MutexLock lock(mutex_);
    watchers_.insert(watcher);
  }
  void Remove(FileWatcher* watcher) {
    const MutexLock lock(mutex_);
    watchers_.erase(watcher);
  }

 private:
  void StopAll() {
    const MutexLock lock(mutex_);
    for (FileWatcher* watcher : watchers_) watcher->Stop();
  }

  Mutex mutex_;
  std::set<FileWatcher*> watchers_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

FileWatcher::FileWatcher(absl::Duration interval) : interval_(std::clamp(interval, kBreath, absl::Hours(24))) {}

void FileWatcher::Watch(const std::vector<std::string>& paths, SourceListener* listener) {
  {
    const MutexLock lock(mutex_);
    paths_.insert(paths_.end(), paths.begin(), paths.end());
    if (std::find(listeners_.begin(), listeners_.end(), listener) == listeners_.end()) listeners_.push_back(listener);
  }
  if (stopped_) return;
  if (thread_.joinable()) {
    has_new_paths_ = true;
    eventfd_write(wake_fd_, 1);
    return;
  }
  wake_fd_ = AboveStandardStreams(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  thread_ = StartThreadWithoutSignals([this] { Run(); });
  ProcessWide<LiveWatchers>().Add(this);
}

void FileWatcher::Stop() {
  if (getpid() != process_) {  // in a forked child, the thread and its eventfd belong to the parent
    if (thread_.joinable()) thread_.detach();
    return;
  }
  stopped_ = true;
  eventfd_write(wake_fd_, 1);
  if (thread_.joinable()) thread_.join();
}

FileWatcher::~FileWatcher() {
  ProcessWide<LiveWatchers>().Remove(this);
  Stop();
  if (wake_fd_ >= 0) close(wake_fd_);
}

std::vector<SourceListener*> FileWatcher::FollowPaths() {
  has_new_paths_ = false;
  std::vector<std::string> paths;
  std::vector<SourceListener*> listeners;
  {
    const MutexLock lock(mutex_);
    paths = paths_;
    listeners = listeners_;
  }
  // The new watch is created before the old one is destroyed, so no change is missed.
  watch_ = std::make_unique<PathWatch>(paths);
  return listeners;
}

bool FileWatcher::Wait() {
  // Without an eventfd (no descriptor left), Stop is detected slightly later.
  const absl::Duration interval = watch_->is_complete() ? interval_ : std::min(interval_, kWithoutEvents);
  const absl::Duration at_most = wake_fd_ >= 0 ? interval : std::min(interval, kBreath);
  // Not the system clock, which may be set back by hours.
  using Clock = std::chrono::steady_clock;
  const Clock::time_point due = Clock::now() + absl::ToChronoMilliseconds(interval);
  bool concerns = false;
  while (!stopped_ && !concerns && !has_new_paths_ && Clock::now() < due) {
    pollfd waiting[2] = {{wake_fd_, POLLIN, 0}, {watch_->descriptor(), POLLIN, 0}};
    poll(waiting, 2, static_cast<int>(absl::ToInt64Milliseconds(at_most)) + 1);
    eventfd_t wakes = 0;
    if (waiting[0].revents != 0 && !stopped_) eventfd_read(wake_fd_, &wakes);
    if (waiting[1].revents == 0) continue;
    concerns = watch_->TakeEvents();
    // Limits the rate, since other processes may write to these folders continuously.
    if (!stopped_) poll(waiting, 1, static_cast<int>(absl::ToInt64Milliseconds(kBreath)));
  }
  return !stopped_;
}

void FileWatcher::Run() {
  // The sources of a workload start one after the other; one look is enough for all of them.
  std::this_thread::sleep_for(absl::ToChronoMilliseconds(kBreath));
  do {
    // Watch before reading, so that a change in between is detected by one of the two.
    for (SourceListener* listener : FollowPaths()) listener->OnMaybeChanged();
  } while (Wait());
}

}  // namespace pinion
