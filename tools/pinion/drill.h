// The client and server drills of `pinion drill`.
#ifndef PINION_TOOLS_PINION_DRILL_H_
#define PINION_TOOLS_PINION_DRILL_H_

#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tools/pinion/drill_report.h"

namespace pinion::cli {

struct DrillOptions {
  // Empty: every case. The control always runs.
  std::set<std::string> cases;
  // Limit of one case.
  absl::Duration timeout = absl::Seconds(10);
  std::vector<std::string> command;
};

struct ServerDrillOptions : DrillOptions {
  // Path of the method that is called.
  std::string path;
  // How long the server may keep an unfinished handshake open.
  absl::Duration handshake_limit = absl::Seconds(30);
  // HOST:PORT of a server that is already running, instead of a command, and the files of a client that it accepts. The
  // files of a CA that it trusts are optional; some cases need them.
  std::string address;
  std::string certificate_file;
  std::string private_key_file;
  std::string ca_certificate_file;
  std::string ca_private_key_file;
};

// Returns the report of a completed drill, whatever its verdict. A drill that cannot run, or is interrupted, is an
// error. The caller must have called NoteInterruptions and must ignore SIGPIPE.
absl::StatusOr<DrillReport> DrillClient(const DrillOptions& options);
absl::StatusOr<DrillReport> DrillServer(const ServerDrillOptions& options);

// Prints the progress of a drill to stderr if that is a terminal.
void PrintProgress(const std::string& name, const std::string& what);
// Reports on stderr that the control failed, with the output of the program under test.
void PrintControlFailed(const std::string& happened, const std::string& tail);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_DRILL_H_
