// The status of a running process, in a file for monitoring.
#ifndef PINION_TOOLS_PINION_STATUS_FILE_H_
#define PINION_TOOLS_PINION_STATUS_FILE_H_

#include <memory>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pinion/base/mutex.h"
#include "pinion/base/output_file.h"
#include "pinion/v1/status.pb.h"
#include "pinion/workload.h"

namespace pinion::cli {

// Parses a status, also one from another version of this program. InvalidArgument for anything else.
absl::StatusOr<v1::Status> ParseStatus(const std::string& text);

// Writes the status every second until it is destroyed, each time replacing the whole file atomically. The destructor
// removes the file, since a process that has ended has no status, but keeps a file that another process has put in its
// place. It never replaces a file that is not a status, a link, a device or a pipe.
class StatusFile {
 public:
  // FailedPrecondition if the file at `path` must not be replaced. Any other fault is reported on stderr once, and
  // writing is retried.
  static absl::StatusOr<std::unique_ptr<StatusFile>> Start(std::string path, std::shared_ptr<Workload> workload);
  ~StatusFile();
  StatusFile(const StatusFile&) = delete;
  StatusFile& operator=(const StatusFile&) = delete;

 private:
  StatusFile(std::string path, std::shared_ptr<Workload> workload);
  void Run();
  absl::Status Write(const std::string& text);

  const std::string path_;
  const std::shared_ptr<Workload> workload_;
  WrittenFile written_;  // used by the thread and, after its end, by the destructor
  Mutex mutex_;
  CondVar end_;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_STATUS_FILE_H_
