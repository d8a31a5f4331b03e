// What a drill found, for people, programs and continuous integration.
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
  // To be let in; an impostor otherwise.
  bool rightful = false;
  // Nothing where the program under test gave no occasion to find out; false then for the control.
  std::optional<bool> let_in;
  bool handshake_completed = false;
  // A client: sent one. A server: answered one.
  bool request = false;
  size_t connections = 0;
  // For a person.
  std::string happened;
  absl::Duration took;
  // The client's, where it ended by itself.
  std::optional<int> exit_code;

  bool as_expected() const { return !let_in.has_value() || *let_in == rightful; }
};

struct DrillReport {
  std::string side;                  // "client", "server": which one is under test
  std::vector<std::string> command;  // as it was given
  std::vector<CaseResult> cases;     // the control first

  // "PROVED_NOTHING" when the control was not let in; else "LET_IN" for an impostor that was; else "LOCKED_OUT" for a
  // rightful peer that was not; else "ALL_REFUSED".
  std::string Verdict() const;
  int ExitCode() const;
};

std::string DrillTable(const DrillReport& report);
std::string DrillJson(const DrillReport& report);
std::string DrillJunit(const DrillReport& report);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_DRILL_REPORT_H_
