// What the `pinion pins` subcommands share.
#ifndef PINION_TOOLS_PINION_PINS_COMMAND_H_
#define PINION_TOOLS_PINION_PINS_COMMAND_H_

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "pinion/pin/pin_set.h"

namespace pinion::cli {

// Each adds its subcommands to `pinion pins`. One file each.
void AddPinsChallenge(CLI::App* pins, int* exit_code);
void AddPinsDocument(CLI::App* pins, int* exit_code);
void AddPinsSteps(CLI::App* pins, int* exit_code);
void AddPinsShow(CLI::App* pins, int* exit_code);
void AddPinsDiff(CLI::App* pins, int* exit_code);

// A pin file that is about to be edited.
struct ToEdit {
  std::string file;
  bool dry_run = false;
  std::string output;
};
struct EditedPinFile {
  std::string text;
  std::shared_ptr<const PinSet> before;
  std::shared_ptr<const PinSet> after;
  std::vector<std::string> remarks;  // for the operator
};
// Edits the file under a lock, so that no edit of another process is lost, and reports what changes. FailedPrecondition
// means that the edit is refused. Returns the exit code.
int EditPinFile(const ToEdit& what, const std::function<absl::StatusOr<EditedPinFile>(const std::string& text)>& edit);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_PINS_COMMAND_H_
