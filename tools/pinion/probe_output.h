// The output of `pinion probe` on stdout.
#ifndef PINION_TOOLS_PINION_PROBE_OUTPUT_H_
#define PINION_TOOLS_PINION_PROBE_OUTPUT_H_

#include <string>

#include "tools/pinion/asked_server.h"

namespace pinion::cli {

// Human-readable.
std::string ProbeTable(const AskedServer& asked);
// Machine-readable: the document that `pinion probe --help` describes.
std::string ProbeJson(const AskedServer& asked);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_PROBE_OUTPUT_H_
