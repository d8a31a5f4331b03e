// What the `pinion pins` subcommands share.
#ifndef PINION_TOOLS_PINION_PINS_COMMAND_H_
#define PINION_TOOLS_PINION_PINS_COMMAND_H_

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace pinion::cli {

// Each adds its part to `pinion pins`. One file each.
void AddPinsSteps(CLI::App* pins, int* exit_code);
void AddPinsShow(CLI::App* pins, int* exit_code);
void AddPinsDiff(CLI::App* pins, int* exit_code);

// What the option of this name was given, in RFC 3339; `otherwise` when it was not given; InvalidArgument.
absl::StatusOr<absl::Time> TimeOption(absl::string_view name, const std::optional<std::string>& text,
                                      absl::Time otherwise);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_PINS_COMMAND_H_
