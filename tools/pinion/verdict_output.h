// A verdict on stdout.
#ifndef PINION_TOOLS_PINION_VERDICT_OUTPUT_H_
#define PINION_TOOLS_PINION_VERDICT_OUTPUT_H_

#include <string>

#include "pinion/handshake/verdict.h"

namespace pinion::cli {

// For people: the reason code first, then a line for each thing there is to say.
std::string VerdictTable(const Verdict& verdict);
// For programs: {"reason", "excused", "peer", "matched": {"pin", "state"}, "problem", "presented", "expected",
// "next_step", "holds_until"}; what does not apply is left out.
std::string VerdictJson(const Verdict& verdict);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_VERDICT_OUTPUT_H_
