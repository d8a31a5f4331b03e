// Runs a user's program, and ends it together with all processes that it started.
#ifndef PINION_TOOLS_PINION_CHILD_PROCESS_H_
#define PINION_TOOLS_PINION_CHILD_PROCESS_H_

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace pinion::cli {

// Not thread-safe.
class ChildProcess {
 public:
  // Starts a program from the PATH in a new process group, without input; its output is appended to the file. NotFound,
  // with the reason, if it cannot be started.
  static absl::StatusOr<std::unique_ptr<ChildProcess>> Start(const std::vector<std::string>& command,
                                                             const std::string& output_file);
  // Calls End.
  ~ChildProcess() { End(); }
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  // The exit code, or 128 plus the number of the signal, once the program has ended by itself.
  std::optional<int> exit_code();
  // Ends the process group within about a second: SIGTERM, then SIGKILL. Idempotent.
  void End();

 private:
  explicit ChildProcess(pid_t pid) : pid_(pid) {}

  const pid_t pid_;
  std::optional<int> exit_code_;
  bool reaped_ = false;
};

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_CHILD_PROCESS_H_
