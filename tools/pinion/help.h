// The text of --help, from the tree of commands.
#ifndef PINION_TOOLS_PINION_HELP_H_
#define PINION_TOOLS_PINION_HELP_H_

#include <memory>

#include "tools/pinion/command_tree.h"

namespace pinion::cli {

// Begins with the description and the examples, and looks alike with every version of CLI11, whose own layout differs
// between versions.
std::shared_ptr<CLI::FormatterBase> MakeHelpFormatter();

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_HELP_H_
