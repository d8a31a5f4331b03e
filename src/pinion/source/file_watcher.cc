#include "pinion/source/file_watcher.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <set>

#include "pinion/base/descriptor.h"
#include "pinion/base/mutex.h"
#include "pinion/base/thread_without_signals.h"

namespace pinion {
namespace {

// The least time from one look to the next.
constexpr absl::Duration kBreath = absl::Milliseconds(10);
// How often to look where events are not to be had.
constexpr absl::Duration kWithoutEvents = absl::Seconds(1);

// Every live watcher, for the exit of the process. Never destroyed.
struct Living {
  Mutex mutex;
  std::set<FileWatcher*> watchers;
};

Living& TheLiving() {
  static Living* const living = new Living();
  return *living;
}

// Exit handlers run in reverse order: this one is registered after those of whatever had been used to load what is
// watched, OpenSSL above all, and so runs before them.
void StopAllAtExit() {
  static const int registered = std::atexit([] {
    const MutexLock lock(TheLiving().mutex);
    for (FileWatcher* watcher : TheLiving().watchers) watcher->Stop();
  });
  static_cast<void>(registered);
}

}  // namespace

FileWatcher::FileWatcher(std::vector<std::string> paths, absl::Duration interval, std::function<void()> maybe_changed)
    : paths_(std::move(paths)),
      interval_(std::clamp(interval, kBreath, absl::Hours(24))),
      maybe_changed_(std::move(maybe_changed)),
      stop_fd_(AboveStandardStreams(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))),
      thread_(StartThreadWithoutSignals([this] { Run(); })) {
  StopAllAtExit();
  const MutexLock lock(TheLiving().mutex);
  TheLiving().watchers.insert(this);
}

void FileWatcher::Stop() {
  if (getpid() != process_) {  // a fork: the thread is the parent's, and so is what wakes it
    if (thread_.joinable()) thread_.detach();
    return;
  }
  stopped_ = true;
  eventfd_write(stop_fd_, 1);
  if (thread_.joinable()) thread_.join();
}

FileWatcher::~FileWatcher() {
  {
    const MutexLock lock(TheLiving().mutex);
    TheLiving().watchers.erase(this);
  }
  Stop();
  if (stop_fd_ >= 0) close(stop_fd_);
}

void FileWatcher::Watch() {
  // Another one before the old one ends: there is no time without any.
  watch_ = std::make_unique<PathWatch>(paths_);
}

bool FileWatcher::Wait() {
  // Without an eventfd (no descriptor left) the end is noticed a little later.
  const absl::Duration interval = watch_->is_complete() ? interval_ : std::min(interval_, kWithoutEvents);
  const absl::Duration at_most = stop_fd_ >= 0 ? interval : std::min(interval, kBreath);
  // Not by the time of day, which may be set back by hours.
  using Clock = std::chrono::steady_clock;
  const Clock::time_point due = Clock::now() + absl::ToChronoMilliseconds(interval);
  bool concerns = false;
  while (!stopped_ && !concerns && Clock::now() < due) {
    pollfd waiting[2] = {{stop_fd_, POLLIN, 0}, {watch_->descriptor(), POLLIN, 0}};
    poll(waiting, 2, static_cast<int>(absl::ToInt64Milliseconds(at_most)) + 1);
    if (waiting[1].revents == 0) continue;
    concerns = watch_->TakeEvents();
    // Others may write to these folders all the time.
    if (!stopped_) poll(waiting, 1, static_cast<int>(absl::ToInt64Milliseconds(kBreath)));
  }
  return !stopped_;
}

void FileWatcher::Run() {
  do {
    // Watch first, read second: what changes in between is seen by one of the two.
    Watch();
    maybe_changed_();
  } while (Wait());
}

}  // namespace pinion
