// A program that somebody else wrote, started, watched, and ended with all that it started itself.
#ifndef PINION_TOOLS_PINION_CHILD_PROCESS_H_
#define PINION_TOOLS_PINION_CHILD_PROCESS_H_

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace pinion::cli {

// For one thread.
class ChildProcess {
 public:
  // Found on the PATH; in a process group of its own, without input, its output appended to the file. NotFound, saying
  // why, when it cannot be started.
  static absl::StatusOr<std::unique_ptr<ChildProcess>> Start(const std::vector<std::string>& command,
                                                             const std::string& output_file);
  // As End.
  ~ChildProcess() { End(); }
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  // Its exit code, or 128 and the signal that ended it, once it has ended by itself.
  std::optional<int> exit_code();
  // Ends its whole group, within a second or so: first asked to, then killed. Again: does nothing.
  void End();

 private:
  explicit ChildProcess(pid_t pid) : pid_(pid) {}

  const pid_t pid_;
  std::optional<int> exit_code_;
  bool reaped_ = false;
};

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_CHILD_PROCESS_H_
