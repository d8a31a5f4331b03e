// How a running process stands, in a file for monitoring to read.
#ifndef PINION_TOOLS_PINION_STATUS_FILE_H_
#define PINION_TOOLS_PINION_STATUS_FILE_H_

#include <memory>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pinion/base/mutex.h"
#include "pinion/v1/status.pb.h"
#include "pinion/workload.h"
#include "tools/pinion/output_file/output_file.h"

namespace pinion::cli {

// The status as JSON: proto/pinion/v1/status.proto.
std::string StatusJson(const WorkloadStatus& status, absl::Time now);
// Reads one, also of another version of this program. InvalidArgument for anything else.
absl::StatusOr<v1::Status> ParseStatus(const std::string& json);

// Writes the status every second, each time the whole file in one step, until it is destroyed. The file is then
// removed, since a process that has ended has no status; one that another process has put in its place stays. A file
// that holds anything else but a status is never replaced, and no link, device or pipe.
class StatusFile {
 public:
  // FailedPrecondition where something is at `path` that must not be replaced. Any other fault is reported on stderr,
  // once, and writing is tried again.
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
  WrittenFile written_;  // the thread's, and after its end the destructor's
  Mutex mutex_;
  CondVar end_;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_STATUS_FILE_H_
