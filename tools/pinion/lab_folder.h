// The folder of a laboratory.
#ifndef PINION_TOOLS_PINION_LAB_FOLDER_H_
#define PINION_TOOLS_PINION_LAB_FOLDER_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pinion/base/file_lock.h"
#include "pinion/v1/lab.pb.h"

namespace pinion::cli {

// Created for a laboratory that runs in this process. The destructor removes its contents.
class LabFolder {
 public:
  // `path` must be an empty or missing folder; if it is "", a temporary folder is made. A folder that existed before is
  // kept, empty.
  static absl::StatusOr<std::unique_ptr<LabFolder>> Make(const std::string& path);
  ~LabFolder();
  LabFolder(const LabFolder&) = delete;
  LabFolder& operator=(const LabFolder&) = delete;

  // Absolute.
  const std::string& path() const { return path_; }

  // Writes everything that does not depend on the servers' ports: keys and certificates, configurations, policy,
  // clients, pins.
  absl::StatusOr<v1::Lab> Fill() const;

 private:
  LabFolder(std::string path, bool was_there, FileLock lock)
      : path_(std::move(path)), was_there_(was_there), lock_(std::move(lock)) {}
  absl::Status MakeCertificates() const;
  absl::Status WriteConfigurations() const;

  const std::string path_;
  const bool was_there_;
  const FileLock lock_;
};

// OK when a laboratory runs in the folder.
absl::Status CheckLabRuns(const std::string& path);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_LAB_FOLDER_H_
