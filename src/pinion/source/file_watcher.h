// Notices that files may have changed.
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

// Watches the files, and every folder and symbolic link on the way to them (inotify): whatever part of the way is
// replaced, `maybe_changed` is called within a second. Looks every `interval` besides, for what gives no events, such
// as network file systems; every second where the system gives no watch for a part of the way. One thread without
// signals, from construction to destruction.
class FileWatcher {
 public:
  // `maybe_changed` is called on the watcher's thread at once, soon after each change, and every `interval`; it decides
  // for itself whether anything is different.
  FileWatcher(std::vector<std::string> paths, absl::Duration interval, std::function<void()> maybe_changed);
  // As Stop.
  ~FileWatcher();
  FileWatcher(const FileWatcher&) = delete;
  FileWatcher& operator=(const FileWatcher&) = delete;

  // Ends the watching: no more maybe_changed when it returns. May be called again.
  void Stop();

 private:
  void Run();
  // Watches the way to the files as it is now.
  void Watch();
  // Until something happened, the interval is over, or the end; false at the end.
  bool Wait();

  const std::vector<std::string> paths_;
  const absl::Duration interval_;
  const std::function<void()> maybe_changed_;
  const pid_t process_ = getpid();
  std::atomic<bool> stopped_{false};
  int stop_fd_ = -1;                  // wakes the thread
  std::unique_ptr<PathWatch> watch_;  // the thread's own
  std::thread thread_;
};

}  // namespace pinion

#endif  // PINION_SOURCE_FILE_WATCHER_H_
