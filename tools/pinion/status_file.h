// How a running process stands, in a file for monitoring to read.
#ifndef PINION_TOOLS_PINION_STATUS_FILE_H_
#define PINION_TOOLS_PINION_STATUS_FILE_H_

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "pinion/credentials/reload_control.h"

namespace pinion::cli {

// The status as JSON: proto/pinion/v1/status.proto.
std::string StatusJson(const MaterialStatus& status, absl::Time now);

// Writes the status every second, each time the whole file in one step, from construction to destruction. The file is
// removed at the end: a process that is gone has no status.
class StatusFile {
 public:
  StatusFile(std::string path, std::shared_ptr<ReloadControl> control);
  ~StatusFile();
  StatusFile(const StatusFile&) = delete;
  StatusFile& operator=(const StatusFile&) = delete;

 private:
  void Run();
  absl::Status Write(const std::string& text) const;

  const std::string path_;
  const std::shared_ptr<ReloadControl> control_;
  std::mutex mutex_;
  std::condition_variable end_;
  bool ended_ = false;  // under mutex_
  std::thread thread_;
};

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_STATUS_FILE_H_
