#include "pinion/reload/file_watcher.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <set>

namespace pinion {
namespace {

constexpr uint32_t kEvents = IN_CLOSE_WRITE | IN_MODIFY | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
                             IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

// The least time from one look to the next.
constexpr absl::Duration kBreath = absl::Milliseconds(10);
// How often to look where events are not to be had.
constexpr absl::Duration kWithoutEvents = absl::Seconds(1);

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// False where the system gives no watch: there are too many, or the folder may not be read. Where the folder is not
// there yet, or no more, it is watched for from above.
bool WatchFolder(int inotify, std::string folder) {
  while (inotify_add_watch(inotify, folder.c_str(), kEvents) < 0) {
    if (errno != ENOENT) return false;
    const std::string above = FolderOf(folder);
    if (above == folder) return false;
    folder = above;
  }
  return true;
}

// The folder a path names, and the one its file truly is in.
std::set<std::string> FoldersOf(const std::vector<std::string>& paths) {
  std::set<std::string> folders;
  for (const std::string& path : paths) {
    folders.insert(FolderOf(path));
    const std::unique_ptr<char, decltype(&std::free)> real(realpath(path.c_str(), nullptr), &std::free);
    if (real != nullptr) folders.insert(FolderOf(real.get()));
  }
  return folders;
}

// Every live watcher, for the exit of the process. Never destroyed.
struct Living {
  std::mutex mutex;
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
    const std::lock_guard<std::mutex> lock(TheLiving().mutex);
    for (FileWatcher* watcher : TheLiving().watchers) watcher->Stop();
  });
  static_cast<void>(registered);
}

}  // namespace

FileWatcher::FileWatcher(std::vector<std::string> paths, absl::Duration interval, std::function<void()> maybe_changed)
    : paths_(std::move(paths)),
      interval_(std::clamp(interval, kBreath, absl::Hours(24))),
      maybe_changed_(std::move(maybe_changed)),
      stop_fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      thread_([this] { Run(); }) {
  StopAllAtExit();
  const std::lock_guard<std::mutex> lock(TheLiving().mutex);
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
    const std::lock_guard<std::mutex> lock(TheLiving().mutex);
    TheLiving().watchers.erase(this);
  }
  Stop();
  if (stop_fd_ >= 0) close(stop_fd_);
  if (inotify_fd_ >= 0) close(inotify_fd_);
}

void FileWatcher::WatchFolders() {
  // A fresh instance forgets folders that are gone; there is no telling which old watch was for what.
  const int fresh = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  if (inotify_fd_ >= 0) close(inotify_fd_);
  inotify_fd_ = fresh;
  has_events_ = fresh >= 0;
  for (const std::string& folder : FoldersOf(paths_)) has_events_ = has_events_ && WatchFolder(fresh, folder);
}

bool FileWatcher::Wait() {
  // Without an eventfd (no descriptor left) the end is noticed a little later.
  const absl::Duration interval = has_events_ ? interval_ : std::min(interval_, kWithoutEvents);
  const absl::Duration at_most = stop_fd_ >= 0 ? interval : std::min(interval, kBreath);
  // Not by the time of day, which may be set back by hours.
  using Clock = std::chrono::steady_clock;
  const Clock::time_point due = Clock::now() + absl::ToChronoMilliseconds(interval);
  pollfd waiting[2] = {{stop_fd_, POLLIN, 0}, {inotify_fd_, POLLIN, 0}};
  while (!stopped_ && waiting[1].revents == 0 && Clock::now() < due) {
    poll(waiting, 2, static_cast<int>(absl::ToInt64Milliseconds(at_most)) + 1);
  }
  // Others may write to these folders all the time.
  if (!stopped_) poll(waiting, 1, static_cast<int>(absl::ToInt64Milliseconds(kBreath)));
  return !stopped_;
}

void FileWatcher::Run() {
  do {
    // Watch first, read second: what changes in between is seen by one of the two.
    WatchFolders();
    maybe_changed_();
  } while (Wait());
}

}  // namespace pinion
