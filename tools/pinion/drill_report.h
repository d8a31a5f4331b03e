// The result of a drill, as a table, as JSON and as JUnit XML.
#ifndef PINION_TOOLS_PINION_DRILL_REPORT_H_
#define PINION_TOOLS_PINION_DRILL_REPORT_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace pinion::cli {

struct CaseResult {
  std::string name;
  std::string what;
  // The peer should be accepted; otherwise it is an impostor.
  bool legitimate = false;
  // None if the program under test gave no occasion to find out; for the control this is false.
  std::optional<bool> accepted;
  bool handshake_completed = false;
  // The client sent a request, or the server answered one.
  bool request = false;
  size_t connections = 0;
  // Human-readable.
  std::string happened;
  absl::Duration took;
  // The client's exit code, if it ended by itself.
  std::optional<int> exit_code;

  bool as_expected() const { return !accepted.has_value() || *accepted == legitimate; }
};

struct DrillReport {
  std::string side;                  // "client", "server": which one is under test
  std::vector<std::string> command;  // as it was given
  std::vector<CaseResult> cases;     // the control first

  // "PROVED_NOTHING" if the control was not accepted; else "IMPOSTOR_ACCEPTED" if an impostor was accepted; else
  // "LOCKED_OUT" if a legitimate peer was refused; else "ALL_REFUSED".
  std::string Verdict() const;
  int ExitCode() const;
};

std::string DrillTable(const DrillReport& report);
std::string DrillJson(const DrillReport& report);
std::string DrillJunit(const DrillReport& report);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_DRILL_REPORT_H_
