// Reports events of everything that determines which files some paths refer to. Private to source/.
#ifndef PINION_SOURCE_PATH_WATCH_H_
#define PINION_SOURCE_PATH_WATCH_H_

#include <set>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"

namespace pinion {

// One inotify instance. From the root (or the working directory, for a relative path), it watches each folder and
// symbolic link on each path, and the file itself; if a component is missing, it watches the folder in which the
// component would be created. For one thread. The paths are resolved once: create another watch after an event.
class PathWatch {
 public:
  explicit PathWatch(const std::vector<std::string>& paths);
  ~PathWatch();
  PathWatch(const PathWatch&) = delete;
  PathWatch& operator=(const PathWatch&) = delete;

  // False if the system provides no instance, or no watch for a part of a path, because there are too many or because a
  // folder is not readable.
  bool is_complete() const { return is_complete_; }
  // Readable if there are events; -1 if there is no instance.
  int descriptor() const { return descriptor_; }
  // Reads all pending events. Returns whether one of them may affect the paths, since other processes may change these
  // folders continuously.
  bool TakeEvents();

 private:
  void Follow(const std::string& path);
  // Watches this entry of the folder; returns false if there is no such folder.
  bool WatchEntry(const std::string& folder, const std::string& name, bool is_last);

  int descriptor_ = -1;
  bool is_complete_ = false;
  absl::flat_hash_map<int, std::set<std::string>> entries_;  // components of the paths, by the watch of their folder
};

}  // namespace pinion

#endif  // PINION_SOURCE_PATH_WATCH_H_
