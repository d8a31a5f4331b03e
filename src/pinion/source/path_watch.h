// Events of everything that decides what some paths lead to. Private to source/.
#ifndef PINION_SOURCE_PATH_WATCH_H_
#define PINION_SOURCE_PATH_WATCH_H_

#include <set>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"

namespace pinion {

// One inotify instance. From the root (or the working directory, for a relative path) it watches each folder and each
// symbolic link on the way to each path, and the file itself; where the way ends early, the place where it would go on.
// For one thread. The way is followed once: make another watch after an event.
class PathWatch {
 public:
  explicit PathWatch(const std::vector<std::string>& paths);
  ~PathWatch();
  PathWatch(const PathWatch&) = delete;
  PathWatch& operator=(const PathWatch&) = delete;

  // False where the system gives no instance, or no watch for a part of the way: there are too many, or a folder may
  // not be read.
  bool is_complete() const { return is_complete_; }
  // Readable when there are events; -1 where there is no instance.
  int descriptor() const { return descriptor_; }
  // Takes the events that there are. Whether one may concern the paths: others may change such folders all the time.
  bool TakeEvents();

 private:
  void Follow(const std::string& path);
  // Watches for changes of this entry of the folder; false where there is no such folder.
  bool WatchEntry(const std::string& folder, const std::string& name, bool is_last);

  int descriptor_ = -1;
  bool is_complete_ = false;
  absl::flat_hash_map<int, std::set<std::string>> entries_;  // on the way, by the watch of their folder
};

}  // namespace pinion

#endif  // PINION_SOURCE_PATH_WATCH_H_
