// Detects that files may have changed. Private to source/.
#ifndef PINION_SOURCE_FILE_WATCHER_H_
#define PINION_SOURCE_FILE_WATCHER_H_

#include <unistd.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "pinion/base/mutex.h"
#include "pinion/source/path_watch.h"
#include "pinion/source/source.h"

namespace pinion {

// Watches the files, and every folder and symbolic link on their paths, with inotify: if any part of a path is
// replaced, the listeners are called within 1 s. Also calls them every `interval`, for file systems without events,
// such as network file systems, and every second if the system cannot watch a part of a path. Runs one thread, with
// signals blocked, from the first Watch to Stop.
class FileWatcher {
 public:
  // Starts nothing.
  explicit FileWatcher(absl::Duration interval);
  // Calls Stop.
  ~FileWatcher();
  FileWatcher(const FileWatcher&) = delete;
  FileWatcher& operator=(const FileWatcher&) = delete;

  // Also watches these files. The listener is called on the watcher's thread within 10 ms, soon after each change of
  // any watched file, and every `interval`; once each time, if it is given several times. Does nothing after Stop.
  void Watch(const std::vector<std::string>& paths, SourceListener* listener);

  // Stops watching: no listener is called after it returns. May be called more than once.
  void Stop();

 private:
  void Run();
  // Watches the current paths of the files, and returns the listeners to call.
  std::vector<SourceListener*> FollowPaths();
  // Waits until an event occurs, a file is added, the interval has passed, or Stop is called; returns false after Stop.
  bool Wait();

  const absl::Duration interval_;
  const pid_t process_ = getpid();
  std::atomic<bool> stopped_{false};
  int wake_fd_ = -1;                  // wakes the thread
  std::unique_ptr<PathWatch> watch_;  // used only by the thread
  Mutex mutex_;
  std::vector<std::string> paths_ ABSL_GUARDED_BY(mutex_);
  std::vector<SourceListener*> listeners_ ABSL_GUARDED_BY(mutex_);
  std::atomic<bool> has_new_paths_{false};
  std::thread thread_;
};

}  // namespace pinion

#endif  // PINION_SOURCE_FILE_WATCHER_H_
