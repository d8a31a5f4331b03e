// `pinion drill`: its two sides.
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
  // Empty: every case. The control is always among them.
  std::set<std::string> cases;
  // Of one case.
  absl::Duration timeout = absl::Seconds(10);
  std::vector<std::string> command;
};

struct ServerDrillOptions : DrillOptions {
  // Of the method that is called.
  std::string path;
  // How long a handshake may go on without coming to an end.
  absl::Duration handshake_limit = absl::Seconds(30);
  // A server that runs already, instead of the command; and the files of a client that it lets in, and, so that all
  // cases can be played, of a CA that it trusts.
  std::string address;
  std::string certificate_file;
  std::string private_key_file;
  std::string ca_certificate_file;
  std::string ca_private_key_file;
};

// The report of a drill that came to its end, whatever it found. A drill that cannot be held, or was interrupted, is an
// error. The caller has called NoteInterruptions and ignores SIGPIPE.
absl::StatusOr<DrillReport> DrillClient(const DrillOptions& options);
absl::StatusOr<DrillReport> DrillServer(const ServerDrillOptions& options);

// What every drill says of its progress, on a terminal.
void SayProgress(const std::string& name, const std::string& what);
// Says on stderr that the control failed, and what the program under test wrote.
void SayControlFailed(const std::string& happened, const std::string& tail);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_DRILL_H_
