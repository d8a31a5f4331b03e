// A verdict on stdout.
#ifndef PINION_TOOLS_PINION_VERDICT_OUTPUT_H_
#define PINION_TOOLS_PINION_VERDICT_OUTPUT_H_

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "pinion/handshake/verdict.h"

namespace pinion::cli {

// Whether it is the pin set that refuses a server for this reason: exit code 90.
bool IsThePinSets(v1::Reason reason);

// For people: the reason code first, then a line for each thing there is to say.
std::string VerdictTable(const Verdict& verdict);
// For programs: {"reason", "excused", "peer", "matched": {"pin", "state"}, "problem", "presented", "expected",
// "next_step", "holds_until"}; what does not apply is left out.
nlohmann::ordered_json VerdictObject(const Verdict& verdict);
std::string VerdictJson(const Verdict& verdict);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_VERDICT_OUTPUT_H_
