// Detects that files may have changed.
#ifndef PINION_SOURCE_FILE_WATCHER_H_
#define PINION_SOURCE_FILE_WATCHER_H_

#include <unistd.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "pinion/source/path_watch.h"

namespace pinion {

// Watches the files, and every folder and symbolic link on their paths, with inotify: if any part of a path is
// replaced, `maybe_changed` is called within 1 s. Also checks every `interval`, for file systems without events, such
// as network file systems, and every second if the system cannot watch a part of a path. Runs one thread, with signals
// blocked, from construction to destruction.
class FileWatcher {
 public:
  // `maybe_changed` is called on the watcher's thread immediately, soon after each change, and every `interval`. It
  // must determine whether anything has changed.
  FileWatcher(std::vector<std::string> paths, absl::Duration interval, std::function<void()> maybe_changed);
  // Calls Stop.
  ~FileWatcher();
  FileWatcher(const FileWatcher&) = delete;
  FileWatcher& operator=(const FileWatcher&) = delete;

  // Stops watching: maybe_changed is not called after it returns. May be called more than once.
  void Stop();

 private:
  void Run();
  // Watches the current paths of the files.
  void Watch();
  // Waits until an event occurs, the interval has passed, or Stop is called; returns false after Stop.
  bool Wait();

  const std::vector<std::string> paths_;
  const absl::Duration interval_;
  const std::function<void()> maybe_changed_;
  const pid_t process_ = getpid();
  std::atomic<bool> stopped_{false};
  int stop_fd_ = -1;                  // wakes the thread
  std::unique_ptr<PathWatch> watch_;  // used only by the thread
  std::thread thread_;
};

}  // namespace pinion

#endif  // PINION_SOURCE_FILE_WATCHER_H_
