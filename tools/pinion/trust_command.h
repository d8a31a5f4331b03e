// The subcommands of `pinion trust` that write trust files.
#ifndef PINION_TOOLS_PINION_TRUST_COMMAND_H_
#define PINION_TOOLS_PINION_TRUST_COMMAND_H_

#include "tools/pinion/command.h"

namespace pinion::cli {

void AddTrustInit(CLI::App* trust, int* exit_code);
void AddTrustRotate(CLI::App* trust, int* exit_code);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_TRUST_COMMAND_H_
