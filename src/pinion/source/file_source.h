// Files, and texts that were given in code, as sources.
#ifndef PINION_SOURCE_FILE_SOURCE_H_
#define PINION_SOURCE_FILE_SOURCE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "pinion/data_source.h"
#include "pinion/source/source.h"

namespace pinion {

class FileWatcher;

// Opens sources that share one watcher, with one thread and one inotify instance, of which a system has few.
class FileSources {
 public:
  // Files are checked soon after each change, and every `refresh_interval`.
  explicit FileSources(absl::Duration refresh_interval);

  // Opens a source of parts that belong together, in this order. Its files are read repeatedly until none of them
  // changes during the read, so that all texts are from the same point in time, regardless of how the files are
  // replaced: in place, by rename, or by a symbolic link on the path such as Kubernetes' ..data. Read returns
  // Unavailable if the files change continuously. StopPushing applies to all sources that share the watcher.
  std::shared_ptr<Source> Open(std::vector<DataSource> parts) const;

 private:
  std::shared_ptr<FileWatcher> watcher_;
};

}  // namespace pinion

#endif  // PINION_SOURCE_FILE_SOURCE_H_
