// What the `pinion pins` subcommands share.
#ifndef PINION_TOOLS_PINION_PINS_COMMAND_H_
#define PINION_TOOLS_PINION_PINS_COMMAND_H_

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace pinion::cli {

// Each adds its subcommands to `pinion pins`. One file each.
void AddPinsChallenge(CLI::App* pins, int* exit_code);
void AddPinsSteps(CLI::App* pins, int* exit_code);
void AddPinsShow(CLI::App* pins, int* exit_code);
void AddPinsDiff(CLI::App* pins, int* exit_code);

// The value of the option with this name, in RFC 3339; `otherwise` if it is absent; InvalidArgument for other text.
absl::StatusOr<absl::Time> TimeOption(absl::string_view name, const std::optional<std::string>& text,
                                      absl::Time otherwise);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_PINS_COMMAND_H_
